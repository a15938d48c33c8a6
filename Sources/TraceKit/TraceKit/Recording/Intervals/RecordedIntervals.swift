/// The intervals of a recording, one after the other.
final class RecordedIntervals {
  private let replay: Replay
  private let clock: EventClock
  /// How many there are.
  let count: Int
  private var passed: UInt64 = 0
  private var damage: String?
  /// What the run reported of itself so far.
  private(set) var notes: [String] = []
  /// Events of all rows so far.
  private var events: UInt64 = 0

  /// More bytes of rows than a tool writes of an interval.
  private static let mostBytes = 256 << 20
  private static let mostEvents: UInt64 = 1 << 62
  private static let mostNotes = 64

  /// - Parameter clock: is set to that of the recorded machine.
  init(_ replay: Replay, clock: EventClock) {
    self.replay = replay
    self.clock = clock
    var count = 0
    replay.reader.scan([.rows, .interval]) { kind, _ in if kind == .interval { count += 1 } }
    self.count = count
  }

  /// The next one, at whose end the clock then stands; nil where there is none.
  func next() -> (interval: RecordedInterval, rows: [RecordedRow])? {
    var rows: [RecordedRow] = []
    var bytes = 0
    let interval = next { block in
      guard block.kind == .rows else { return nil }
      bytes += block.content.count
      var reader = EntryReader(block.content)
      while !reader.isAtEnd {
        guard bytes <= Self.mostBytes, let row = RecordedRow(&reader), count(row.count),
          count(row.distribution?.histogram.count ?? 0)
        else { return "row" }
        rows.append(row)
      }
      return nil
    }
    return interval.map { ($0, rows) }
  }

  /// The same without rows.
  ///
  /// - Parameter read: reads the blocks before its end, and returns what is damaged there; nil:
  ///   nothing is.
  func next(_ read: (RecordingReader.Block) -> String?) -> RecordedInterval? {
    while damage == nil, let block = replay.reader.next() {
      guard block.kind == .interval else {
        if block.kind == .notes { addNotes(block.content) }
        damage = read(block).map { "has a damaged \($0)" }
        continue
      }
      guard let interval = RecordedInterval(block.content), count(interval.leftOut) else {
        damage = "has a damaged interval"
        return nil
      }
      passed += 1
      if let stopped = EventClock.stopped { EventClock.stopped = max(stopped, interval.time) }
      clock.stand(at: interval.offset, zone: interval.zone)
      return interval
    }
    damage = damage ?? replay.reader.damage
    return nil
  }

  private func addNotes(_ content: [UInt8]) {
    var reader = EntryReader(content)
    while notes.count < Self.mostNotes, let note = reader.text() {
      notes.append(replay.printable(String(decoding: note, as: UTF8.self), atMost: 1024))
    }
  }

  /// - Returns: whether there can be so many.
  func count(_ more: UInt64) -> Bool {
    guard more <= Self.mostEvents - events else { return false }
    events += more
    return true
  }

  /// One sentence on what the recording lacks; nil: it is whole.
  var caveat: String? {
    if let damage { return "\(damage), after \(counted(passed, "intervals"))" }
    return replay.account == nil
      ? "ends after \(counted(passed, "intervals")) without the account of lost events" : nil
  }

  var ledger: Ledger { replay.account?.ledger ?? Ledger() }
}

/// Recorded counts.
final class RecordedCounts: SummarySource {
  private let intervals: RecordedIntervals
  private(set) var leftOut: UInt64 = 0
  private(set) var load: String?

  init(_ intervals: RecordedIntervals) { self.intervals = intervals }

  func take() -> [RecordedRow] {
    guard let next = intervals.next() else { return [] }
    leftOut = next.interval.leftOut
    load = next.interval.load
    return next.rows
  }

  func stop() {}

  func ledger() -> Ledger { intervals.ledger }
}

/// Recorded distributions.
final class RecordedHistograms: HistogramSource {
  private let intervals: RecordedIntervals

  init(_ intervals: RecordedIntervals) { self.intervals = intervals }

  func take() -> [KeyedHistogram<RecordedRow>] {
    (intervals.next()?.rows ?? []).compactMap { row in
      row.distribution.map {
        KeyedHistogram(
          key: row, label: [], histogram: $0.histogram,
          stack: $0.frames?.map { Frame(name: $0, address: 0, isKernel: false) })
      }
    }
  }

  func counted() -> [Histogram] { [] }

  func stop() {}

  func ledger() -> Ledger { intervals.ledger }
}
