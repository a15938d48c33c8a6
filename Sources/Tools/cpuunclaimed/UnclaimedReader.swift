import BPFObjects
import TraceKit

/// What ticks came to, or what one was.
struct UnclaimedRow: SummaryRow {
  var time: UInt64
  /// How many samples.
  var count: UInt64 = 0
  /// CPUs in all ticks: of these with a task, and without one that others had to spare.
  var cpus: UInt64 = 0
  var busy: UInt64 = 0
  var unclaimed: UInt64 = 0
  /// Those of one tick.
  var places: [UInt32: CPUTicks.Place] = [:]

  mutating func add(_ tick: CPUTicks.Tick) {
    count += tick.samples
    cpus += UInt64(tick.places.count)
    busy += UInt64(tick.busy)
    unclaimed += UInt64(tick.unclaimed)
  }
}

/// Joins the samples of a session's ring buffer to rows: one for each interval, or one for
/// each tick.
final class UnclaimedReader: SummarySource {
  private let source: RingSource
  private var ticks: CPUTicks
  private let showsTicks: Bool
  private var waiting: [CPUTicks.Tick] = []
  private var counted: UInt64 = 0

  init(_ session: Session, frequency: UInt64, showsTicks: Bool) throws(BPFError) {
    source = try RingSource(session)
    ticks = CPUTicks(frequency: frequency, cpus: Sampling.onlineCPUs.count)
    self.showsTicks = showsTicks
  }

  var descriptor: Int32? { source.descriptor }

  func follow() throws {
    _ = try source.drain { bytes in
      let sample = bytes.unsafeLoadUnaligned(as: queue_sample.self)
      ticks.add(
        cpu: sample.cpu, time: sample.time_ns, length: sample.length,
        isSelected: sample.is_selected != 0)
      return true
    }
    waiting += ticks.take(isLast: source.isExhausted).filter(\.isSelected)
  }

  func take() throws -> [UnclaimedRow] {
    try follow()
    defer { waiting = [] }
    for tick in waiting { counted += tick.samples }
    if showsTicks {
      return waiting.map { tick in
        var row = UnclaimedRow(time: tick.time, places: tick.places)
        row.add(tick)
        return row
      }
    }
    var sum = UnclaimedRow(time: EventClock.now)
    for tick in waiting { sum.add(tick) }
    return [sum]
  }

  func stop() { source.stop() }

  /// Which samples are seen depends on those of other CPUs.
  func ledger() throws -> Ledger {
    var ledger = try source.ledger()
    ledger.seen += counted + ledger.lost
    return ledger
  }
}
