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

  @Test func `any recorded stacks are printed or refused`() throws {
    let path = NSTemporaryDirectory() + "stacks-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Fuzz.run("stacks") { numbers in
      try? FileManager.default.removeItem(atPath: path)
      let writer = try RecordingWriter(path, tool: "fuzz", version: .stacks)
      var facts = RecordingFacts()
      facts["tool"] = "fuzz"
      writer.append(.facts, facts.entries)
      var table = StackTableWriter()
      let isOutstanding = numbers.chance(2)
      for _ in 0..<Int.random(in: 0...4, using: &numbers) {
        let kinds: [RecordingFormat.Kind] = [.frames, .stacks, .samples, .forget, .notes]
        for kind in kinds where numbers.chance(12) { writer.append(kind, numbers.entries(8)) }
        var rows = EntryWriter()
        for _ in 0..<Int.random(in: 0...4, using: &numbers) {
          // Seldom one of the other kind.
          if isOutstanding != numbers.chance(40) {
            numbers.outstanding().append(to: &rows, &table)
          } else {
            numbers.sample().append(to: &rows, &table)
          }
        }
        table.flush(to: writer)
        writer.append(.samples, rows)
        writer.append(
          .interval,
          RecordedInterval(time: numbers.number(UInt64.self), offset: 0, zone: 0).bytes)
      }
      if numbers.chance(2) { try numbers.change(path) }
      var selection = SampleSelection()
      selection.omitsKernel = numbers.chance(3)
      selection.omitsLines = numbers.chance(2)
      let clock = EventClock(recordedFrom: 0)
      guard let first = try? Replay(path), let second = try? Replay(path) else { return }
      let samples = RecordedIntervals(first, clock: clock)
      let source = RecordedSamples(samples, selection)
      numbers.print((0..<samples.count).map { _ in source.take() }, by: clock)
      _ = samples.caveat
      let outstanding = RecordedIntervals(second, clock: clock)
      let other = RecordedOutstanding(
        outstanding, selection, ordersByCount: numbers.chance(2), showsBlocks: true)
      for _ in 0..<outstanding.count {
        numbers.print([other.take().rows.map(\.sample)], by: clock)
      }
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
          .frames, .stacks, .samples, .notes,
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

  private mutating func name() -> String { String(decoding: text(), as: UTF8.self) }

  private mutating func frames(isKernel: Bool) -> [Frame] {
    (0..<Int.random(in: 0...3, using: &self)).map { _ in
      Frame(
        name: name(), address: number(UInt64.self), isKernel: isKernel,
        offset: chance(2) ? number(UInt64.self) : nil,
        place: chance(3) ? SourcePlace(file: name(), line: number(UInt32.self)) : nil,
        isInlined: chance(4))
    }
  }

  private mutating func side() -> StackSide {
    StackSide(
      pid: number(UInt32.self), tid: number(UInt32.self), comm: bytes(0...20),
      kernel: frames(isKernel: true), user: frames(isKernel: false), isInterrupt: chance(5))
  }

  /// A number that can be added to others, most times.
  private mutating func sum() -> UInt64 {
    chance(8) ? number(UInt64.self) : UInt64(number(UInt32.self))
  }

  fileprivate mutating func sample() -> StackSample {
    StackSample(
      side: side(), waker: chance(3) ? side() : nil, count: sum(), time: sum(),
      taken: number(UInt64.self))
  }

  fileprivate mutating func outstanding() -> OutstandingRow {
    var row = OutstandingRow(
      pid: number(UInt32.self), comm: bytes(0...20), bytes: sum(), count: sum(),
      age: chance(2) ? number(UInt64.self) : nil, frames: frames(isKernel: chance(2)),
      taken: number(UInt64.self))
    if chance(2) { row.blocks = [(number(UInt64.self), number(UInt64.self))] }
    return row
  }

  /// Prints the samples of intervals in all formats, and draws them.
  fileprivate func print(_ intervals: [[StackSample]], by clock: EventClock) {
    let out = OutputBuffer()
    for (format, isFolded) in [(OutputFormat.table, true), (.table, false), (.json, false)] {
      var style = StackStyle()
      style.isFolded = isFolded
      style.showsOffsets = true
      style.measuresTime = !isFolded
      style.wakers = .beside
      let rows = RowPrinter(
        type: "stack",
        columns: Column<StackSample>.stack(measuresTime: true, perThread: true, wakers: .beside),
        format: format, timeFormat: .local, clock: clock, out: out)
      let printer = StackPrinter(
        style: style, format: format, timeFormat: .local, rows: rows, out: out)
      let drawings: [any StackDrawing] = [
        FlameGraph(title: "fuzz", unit: "us", style, room: 1000),
        FlameGraph(title: "fuzz", unit: "us", style),
        PprofProfile(title: "fuzz", unit: "us", style, clock, room: 1000),
        SpeedscopeProfile(title: "fuzz", unit: "us", style, room: 1000),
      ]
      for samples in intervals {
        printer.print(samples) {}
        for drawing in drawings { drawing.add(samples) }
      }
      for drawing in drawings { drawing.write(to: out) {} }
      out.removeAll()
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
