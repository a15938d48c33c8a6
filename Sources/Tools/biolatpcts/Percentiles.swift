import BPFObjects
import TraceKit

/// How often it prints, as in bcc: also when a signal asks only, or once.
final class PercentileOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: """
      Print a table at this interval in seconds; -1 prints one at the start, one at the end, and \
      one for each signal; 0 exits after the first.
      """,
    transform: { $0 == "-1" ? -1 : try Parse.interval($0) })
  var interval: Double = 3

  @Option(parsing: .unconditional, help: "Stop after this many tables.", transform: Parse.count)
  var count: Int?

  @OptionGroup(title: "Filters") var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") var recording: RecordingOptions

  func validate() throws {
    if count != nil, interval <= 0 { throw ValidationError("--count needs an interval.") }
  }

  var seconds: Double? { interval < 0 ? nil : interval }
  var times: Int? { interval == 0 ? 1 : count }
  var limit: Int { .max }
}

/// The latencies of a type of I/O.
struct PercentileRow: SummaryRow {
  let kind: Int
  let histogram: FineHistogram
  /// How many of them are new since the last table.
  let count: UInt64
  let time: UInt64

  var operation: String { ["read", "write", "discard", "flush"][kind] }
}

/// The types of I/O in their order, those without requests too.
final class PercentileSummary: SummarySource {
  private let reader: FineHistogramReader
  private let signals = UserSignals()
  private let missed: SharedVariable<UInt64>
  private let tellMissed: (UInt64) -> Void
  private var period = [FineHistogram](repeating: FineHistogram(), count: Int(BIOLATPCTS_KINDS))
  private var keepsPeriod = false
  private var taken: UInt64 = 0
  private(set) var isAsked: Bool

  /// - Parameters:
  ///   - isEndless: says by a first table that it has begun, since no interval does.
  ///   - tellMissed: told how many requests nobody knows the begin of.
  init(
    _ session: Session, isEndless: Bool, tellMissed: @escaping (UInt64) -> Void
  ) throws(BPFError) {
    reader = try FineHistogramReader(session)
    missed = try session.object.variable("requests_without_start", as: UInt64.self)
    isAsked = isEndless
    self.tellMissed = tellMissed
  }

  var descriptor: Int32? { signals.descriptor }

  /// The first signal ends a period, the second one does not.
  func follow() {
    guard let signal = signals.next() else { return }
    isAsked = true
    keepsPeriod = signal == .second
  }

  func take() -> [PercentileRow] {
    let time = EventClock.now
    let rows = reader.take().enumerated().map { kind, histogram in
      period[kind].add(histogram)
      taken += histogram.count
      return PercentileRow(
        kind: kind, histogram: period[kind], count: histogram.count, time: time)
    }
    if !keepsPeriod { period = period.map { _ in FineHistogram() } }
    (isAsked, keepsPeriod) = (false, false)
    return rows
  }

  func stop() { reader.stop() }

  func ledger() throws -> Ledger {
    var ledger = try reader.ledger()
    ledger.seen += taken
    if missed.value > 0 { tellMissed(missed.value) }
    return ledger
  }
}
