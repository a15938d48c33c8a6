/// What was counted in one interval.
public struct Sample<Counts> {
  public let counts: Counts
  /// How many events that is.
  public let events: UInt64
  /// The end of the interval, on the kernel's clock.
  public let time: UInt64
  /// The nanoseconds of the interval.
  public let length: UInt64
}

/// Where a runner gets its numbers from: the kernel, or a recording.
public protocol SampleSource<Counts>: AnyObject {
  associatedtype Counts
  /// What was counted since the last time.
  func take() throws -> Sample<Counts>
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// The counters of each CPU in a session's map `samples`, which only grow. Their
/// struct consists of 64-bit counters and nothing else, and each counts events.
public final class SampleReader<Counts: BitwiseCopyable>: SampleSource {
  private let account: KernelAccount
  private let map: PerCPUArray<Counts>
  private var before = SampleReader.none
  private var taken = EventClock.now

  private typealias Words = [UInt64]
  private static var none: Words {
    Words(repeating: 0, count: MemoryLayout<Counts>.size / MemoryLayout<UInt64>.size)
  }

  public init(_ session: Session) throws(BPFError) {
    account = try KernelAccount(session)
    map = try PerCPUArray("samples", in: session.object)
  }

  public func take() throws -> Sample<Counts> {
    let now = try total()
    let words = zip(now, before).map { $0 &- $1 }
    let time = EventClock.now
    defer { (before, taken) = (now, time) }
    return Sample(
      counts: words.withUnsafeBytes { $0.loadUnaligned(as: Counts.self) },
      events: words.reduce(0, +), time: time, length: time - taken)
  }

  private func total() throws -> Words {
    try map.values(at: 0).reduce(into: Self.none) { sum, counts in
      withUnsafeBytes(of: counts) { bytes in
        for (index, word) in bytes.bindMemory(to: UInt64.self).enumerated() { sum[index] += word }
      }
    }
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.seen += try total().reduce(0, +)
    return ledger
  }
}

/// Prints a row at each interval and at the end.
struct SampleRunner<Counts> {
  let type: String
  let run: PeriodicRun
  let columns: [Column<Sample<Counts>>]
  let timeFormat: TimeFormat
  var recorder: IntervalRecorder<Sample<Counts>>?

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some SampleSource<Counts>, until ended: Int32? = nil) throws -> Ledger {
    let printer = RowPrinter(
      type: type, columns: columns, format: run.format, timeFormat: timeFormat,
      clock: run.clock, out: run.output.buffer)
    return try run.run(
      until: ended, stop: source.stop, ledger: source.ledger, begin: printer.header
    ) {
      let sample = try source.take()
      recorder?.add([sample], at: sample.time)
      printer.print(sample)
      return PeriodicRun.Told(shown: sample.events)
    }
  }
}
