import BPF
import Foundation
import TestSupport
import Testing
import Wire

@testable import TraceKit

private struct RecordedEvent: TraceEvent {
  var header = event_header()
  var number: UInt64 = 0
}

/// What a file that somebody else has made may hold.
extension FuzzTests {
  @Test func `any recorded intervals are printed or refused`() throws {
    let path = NSTemporaryDirectory() + "intervals-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Fuzz.run("intervals") { numbers in
      try? FileManager.default.removeItem(atPath: path)
      let writer = try RecordingWriter(path, tool: "fuzz")
      var facts = RecordingFacts()
      facts["tool"] = "fuzz"
      writer.append(.facts, facts.entries)
      for _ in 0..<Int.random(in: 0...6, using: &numbers) {
        var rows = EntryWriter()
        for _ in 0..<Int.random(in: 0...4, using: &numbers) { numbers.row().append(to: &rows) }
        writer.append(.rows, numbers.chance(5) ? numbers.entries(8) : rows)
        let interval = RecordedInterval(
          time: numbers.number(UInt64.self), offset: numbers.number(Int64.self),
          zone: numbers.number(Int32.self), load: numbers.chance(3) ? "\u{1b}" : nil)
        writer.append(.interval, numbers.chance(8) ? numbers.entries(8) : interval.bytes)
      }
      if numbers.chance(2) { try numbers.change(path) }
      guard let replay = try? Replay(path) else { return }
      let out = OutputBuffer()
      let clock = EventClock(recordedFrom: 0)
      let intervals = RecordedIntervals(replay, clock: clock)
      for _ in 0..<intervals.count {
        guard let next = intervals.next() else { break }
        for row in next.rows { numbers.print(row, by: clock, to: out) }
        out.removeAll()
      }
      _ = intervals.caveat
      _ = RecordedTable(numbers.bytes(0...200))
    }
  }

  @Test func `any recording is read or refused`() throws {
    let path = NSTemporaryDirectory() + "recording-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Fuzz.run("recordings") { numbers in
      try? FileManager.default.removeItem(atPath: path)
      let writer = try RecordingWriter(path, tool: "fuzz")
      var facts = RecordingFacts()
      let fields = EventFields(of: RecordedEvent.self)
      facts["tool"] = numbers.chance(20) ? "other" : "fuzz"
      facts["type"] = "sample"
      facts["event"] = numbers.chance(20) ? "header:1" : fields.text
      facts["event_size"] =
        numbers.chance(5) ? "\(numbers.number(Int16.self))" : "\(fields.size)"
      writer.append(.facts, facts.entries)
      for _ in 0..<Int.random(in: 0...12, using: &numbers) {
        let kinds: [RecordingFormat.Kind] = [
          .facts, .lookups, .forget, .clock, .events, .events, .account, .rows, .interval,
        ]
        writer.append(kinds.randomElement(using: &numbers)!, numbers.entries(fields.size))
      }
      if numbers.chance(2) { try numbers.change(path) }
      guard let replay = try? Replay(path) else { return }
      _ = replay.description(tool: "fuzz")
      try? replay.check(tool: "fuzz", type: "sample")
      let clock = EventClock(recordedFrom: 0)
      guard
        let source = try? ReplaySource(
          replay, tool: "fuzz", clock: clock, fields: fields, passes: { _ in true })
      else { return }
      let out = OutputBuffer()
      while !source.isExhausted {
        _ = try source.drain { event in
          try require(event.byteCount >= fields.size, "an event has \(event.byteCount) bytes")
          clock.write(Record<RecordedEvent>(event).header.time_ns, as: .local, to: out)
          out.removeAll()
          return true
        }
      }
      _ = source.ledger()
      let answer = replay.answers.answer("owner", UnsafeRawBufferPointer(start: nil, count: 0)) {
        nil
      }
      _ = CgroupOwner(recorded: answer)
      _ = Frame.list(numbers.bytes(0...60), at: 1, isKernel: numbers.chance(2))
      let user: UInt32? = replay.names.number(of: "root", "user")
      _ = user
    }
  }
}

extension SeededNumbers {
  /// A row that is whole, with anything in it.
  fileprivate mutating func row() -> RecordedRow {
    var row = RecordedRow(count: number(UInt64.self), part: Int(number(UInt16.self)))
    for _ in 0..<Int.random(in: 0...3, using: &self) {
      let texts = (bytes(0...20), bytes(0...20), bytes(0...20))
      row.cells.append(
        chance(3)
          ? .time(number(UInt64.self))
          : .texts(table: texts.0, json: texts.1, csv: texts.2))
    }
    guard chance(2) else { return row }
    let buckets = (0..<Int.random(in: 0...4, using: &self)).map { _ in
      (bucket: Int.random(in: 0..<Int(HISTOGRAM_BUCKETS), using: &self), count: number(UInt64.self))
    }
    let counted = Histogram(
      counted: (number(UInt64.self), number(UInt64.self), number(UInt64.self)), buckets: buckets,
      scale: chance(2) ? .powers : .linear(step: UInt64(number(UInt32.self))))
    row.distribution = counted.map {
      RecordedDistribution(
        isTitled: chance(2), heading: bytes(0...20), line: chance(4) ? bytes(0...20) : nil,
        frames: chance(2) ? ["a"] : nil, histogram: $0)
    }
    return row
  }

  /// Prints it in all formats.
  fileprivate func print(_ row: RecordedRow, by clock: EventClock, to out: OutputBuffer) {
    for format in [OutputFormat.table, .json, .csv] {
      let cell = Cell(name: "a", out: out, format: format, timeFormat: .local, clock: clock)
      for value in row.cells { value.write(to: cell) }
      let printer = HistogramPrinter<RecordedRow>(
        format: format, unit: .nanoseconds, columns: [],
        heading: { $0.key?.distribution?.heading ?? [] }, showsPercentiles: true,
        showsAverage: true, timeFormat: .local, clock: clock, out: out)
      guard let distribution = row.distribution else { continue }
      printer.print(
        KeyedHistogram(key: row, label: [], histogram: distribution.histogram), time: 1)
    }
  }

  /// The content of a block, some of it as a tool writes it.
  fileprivate mutating func entries(_ size: Int) -> EntryWriter {
    var writer = EntryWriter()
    for _ in 0..<Int.random(in: 0...6, using: &self) {
      switch Int.random(in: 0...4, using: &self) {
      case 0: writer.number(number(UInt64.self))
      case 1: writer.number(number(UInt32.self))
      case 2: writer.text(bytes(0...40))
      case 3: writer.text(bytes(size...size + 40))
      default:
        writer.text(Array("user\0".utf8) + bytes(4...4))
        writer.number(UInt32(1))
        writer.text(Array("root".utf8))
      }
      writer.endEntry()
    }
    return writer
  }

  /// Changes or cuts a file.
  fileprivate mutating func change(_ path: String) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    if chance(2) { data = data.prefix(Int.random(in: 0...data.count, using: &self)) }
    for _ in 0..<Int.random(in: 0...4, using: &self) where !data.isEmpty {
      data[Int.random(in: 0..<data.count, using: &self)] = number(UInt8.self)
    }
    try data.write(to: URL(filePath: path))
  }
}
