/// How often something was counted.
public struct CountedKey<Key>: SummaryRow {
  public let key: Key
  public let count: UInt64
}

/// The map `counts` of a session's object, the most frequent first.
public final class CountReader<Key: BitwiseCopyable>: SummarySource {
  private let account: KernelAccount
  private let map: HashMap<Key, UInt64>

  public init(_ session: Session) throws(BPFError) {
    account = try KernelAccount(session)
    map = try HashMap("counts", in: session.object)
  }

  public func take() throws -> [CountedKey<Key>] {
    try map.drain().map { CountedKey(key: $0.key, count: $0.value) }
      .sorted { $0.count > $1.count }
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger { try account.ledger() }
}
