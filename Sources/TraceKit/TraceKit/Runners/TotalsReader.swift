/// The totals of one key over an interval.
public struct RankedRow<Key, Totals> {
  public let key: Key
  public let totals: Totals
  /// When the interval ended, on the kernel's clock.
  public let time: UInt64
}

/// Where a runner gets its totals from: the kernel, or a recording.
public protocol TotalsSource<Key, Totals>: AnyObject {
  associatedtype Key
  associatedtype Totals
  /// Takes out what was added since the last time.
  func take() throws -> [(key: Key, value: Totals)]
  /// Ends the adding; what was added can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// The totals of a session whose object was made with `lib/totals.bpf.h`.
public final class TotalsReader<Key: BitwiseCopyable, Totals: BitwiseCopyable>: TotalsSource {
  private let account: KernelAccount
  private let sets: AlternateSets
  private let maps: [HashMap<Key, Totals>]

  public init(_ session: Session) throws(BPFError) {
    account = try KernelAccount(session)
    sets = try AlternateSets("totals_set", in: session.object)
    maps = [
      try HashMap("totals_even", in: session.object),
      try HashMap("totals_odd", in: session.object),
    ]
  }

  public func take() throws -> [(key: Key, value: Totals)] {
    try maps[Int(sets.turn(whileOpen: account.isOpen))].drain()
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger { try account.ledger() }
}
