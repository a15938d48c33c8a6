/// How often something was counted.
public struct CountedKey<Key> {
  public let key: Key
  public let count: UInt64
}

/// Where a runner takes its counts from: the kernel, or a recording.
public protocol CountSource<Key>: AnyObject {
  associatedtype Key
  /// Takes out what was counted.
  func take() throws -> [CountedKey<Key>]
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// The map `counts` of a session's object.
public final class CountReader<Key: BitwiseCopyable>: CountSource {
  private let account: KernelAccount
  private let map: HashMap<Key, UInt64>

  public init(_ session: Session) throws(BPFError) {
    account = try KernelAccount(session)
    map = try HashMap("counts", in: session.object)
  }

  public func take() throws -> [CountedKey<Key>] {
    try map.drain().map { CountedKey(key: $0.key, count: $0.value) }
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger { try account.ledger() }
}

/// Prints a row for each key, the most frequent first.
struct CountRunner<Key> {
  let tool: String
  let type: String
  let loop: IntervalLoop
  let columns: [Column<CountedKey<Key>>]
  let format: OutputFormat
  let timeFormat: TimeFormat
  let stats: Bool
  let output: Output
  let clock: EventClock

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some CountSource<Key>, until ended: Int32? = nil) throws -> Ledger {
    let printer = RowPrinter(
      type: type, columns: columns, format: format, timeFormat: timeFormat, clock: clock,
      out: output.buffer)
    let run = PeriodicRun(
      tool: tool, loop: loop, format: format, stats: stats, output: output, clock: clock)
    return try run.run(until: ended, stop: source.stop, ledger: source.ledger, begin: {}) {
      printer.header()
      var count: UInt64 = 0
      for row in try source.take().sorted(by: { $0.count > $1.count }) {
        printer.print(row)
        count += row.count
      }
      return count
    }
  }
}
