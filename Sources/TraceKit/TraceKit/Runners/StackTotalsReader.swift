/// The totals of a session whose object was made with `lib/totals.bpf.h` and
/// `lib/stack_store.bpf.h`, by keys with a stack of the kernel in them.
public final class StackTotalsReader<Key: BitwiseCopyable, Totals: BitwiseCopyable> {
  private let account: KernelAccount
  private let store: StackStore
  private let maps: [HashMap<Key, Totals>]
  private let stack: (Key) -> UInt64

  /// Totals, and the frames of their stack, innermost first.
  public typealias Entry = (key: Key, totals: Totals, frames: [Frame])

  /// - Parameters:
  ///   - symbols: names the frames.
  ///   - stack: the number of the stack in a key.
  public init(
    _ session: Session, symbols: Symbolizer, stack: @escaping (Key) -> UInt64
  ) throws(BPFError) {
    account = try KernelAccount(session)
    store = try StackStore(session.object, symbols: symbols, skipsTracer: true)
    maps = [
      try HashMap("totals_even", in: session.object),
      try HashMap("totals_odd", in: session.object),
    ]
    self.stack = stack
  }

  public func take() throws -> [Entry] {
    try store.take(whileOpen: account.isOpen) { full in
      try maps[full].drain()
    } named: { entries in
      entries.map { ($0.key, $0.value, store.frames(of: StackReference(kernel: stack($0.key)))) }
    }
  }

  /// The function that a frame lies in, and the offset there.
  public func place(of frame: Frame) -> String { store.place(of: frame) }

  public func stop() { account.stop() }

  /// Without what is in the totals.
  public func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.mapFull += store.missing
    return ledger
  }
}

extension OpenObject {
  /// Sets how many stacks are kept, and how many totals by them.
  public mutating func setStackTotalsRoom(
    _ room: Int, isRepeated: Bool
  ) throws(BPFError) {
    try setStackRoom(room, isRepeated: isRepeated, maps: ["totals"])
  }

  /// Sets how many stacks are kept by which nothing is counted.
  public mutating func setKeptStacks(_ room: Int) throws(BPFError) {
    try setStackRoom(room, isRepeated: true, maps: [])
  }
}
