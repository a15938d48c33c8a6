import Foundation
import TestSupport
import Testing
import Wire

@testable import TraceKit

/// No text of a traced process and no event breaks a printer.
@Suite(.serialized) struct FuzzTests {
  static let rows = 50
  private static var clock: EventClock {
    EventClock(start: 100_000_000_000, offset: 1_600_000_000_000_000_000)
  }

  func written(_ body: (OutputBuffer) throws -> Void) rethrows -> [UInt8] {
    let out = OutputBuffer(capacity: 16)
    try body(out)
    return out.withBytes { Array($0) }
  }

  @Test func `texts come through every format`() throws {
    struct Row {
      let text: [UInt8]
      let words: [[UInt8]]
    }
    let columns: [Column<Row>] = [
      Column("text", "TEXT", width: 8) { row, cell in row.text.withUnsafeBytes { cell.text($0) } },
      Column("short", "SHORT", width: 5, isCut: true) { row, cell in
        row.text.withUnsafeBytes { cell.text($0) }
      },
      Column("words", "WORDS", width: 0) { row, cell in
        let all: [UInt8] = Array(row.words.joined(separator: CollectionOfOne(0)))
        all.withUnsafeBytes { bytes in
          var parts: [UnsafeRawBufferPointer] = []
          var start = 0
          for word in row.words {
            parts.append(UnsafeRawBufferPointer(rebasing: bytes[start..<start + word.count]))
            start += word.count + 1
          }
          cell.list(parts, isCut: row.words.count > 3, isQuoted: row.words.count % 2 == 0)
        }
      },
    ]
    try Fuzz.run("texts") { numbers in
      let rows = (0..<Self.rows).map { _ in
        Row(
          text: numbers.text(),
          words: (0..<Int.random(in: 0...4, using: &numbers)).map { _ in numbers.text() })
      }
      let outputs = print(rows, columns)
      try Check.table(outputs[.table]!, lines: rows.count + 1)
      let records = try Check.csv(outputs[.csv]!, records: rows.count + 1, fields: 3)
      let objects = try Check.json(outputs[.json]!, lines: rows.count)
      for (index, row) in rows.enumerated() {
        try require(records[index + 1][0] == row.text, "CSV lost \(row.text)")
        try Check.text(objects[index], "text", row.text)
        let twin = objects[index]["words_base64"] as? [String]
        let words =
          twin?.map { Array(Data(base64Encoded: $0) ?? Data()) }
          ?? (objects[index]["words"] as? [String] ?? []).map { Array($0.utf8) }
        try require(words == row.words, "JSON lost \(row.words): \(objects[index])")
      }
    }
  }

  func print<Row>(_ rows: [Row], _ columns: [Column<Row>]) -> [OutputFormat: [UInt8]] {
    var outputs: [OutputFormat: [UInt8]] = [:]
    for format in OutputFormat.allCases {
      outputs[format] = written { out in
        let printer = RowPrinter(
          type: "row", columns: columns, format: format, timeFormat: .iso, clock: Self.clock,
          out: out)
        printer.header()
        for row in rows { printer.print(row) }
      }
    }
    return outputs
  }

  /// What a record was made of, with the name that must come out of it.
  struct Made {
    let record: [UInt8]
    let comm: [UInt8]
    /// Whether it describes a task at all.
    let namesTask: Bool
  }

  /// Finds a tool in this test bundle. Its module cannot be imported: an event
  /// that C defines is copyable bit by bit without a word of it in any module.
  func fuzz(
    _ name: String, _ options: [String] = [], _ make: (inout SeededNumbers) -> Made
  ) throws {
    let mangled =
      "\(name.count)\(name)\(name.count)\(name.prefix(1).uppercased())\(name.dropFirst())V"
    let type = _typeByName(mangled)
    if let tool = type as? any OutstandingTool.Type {
      return try fuzzEvents(name, tool, options, make)
    }
    let tool = try #require(type as? any StreamTool.Type, "no \(mangled)")
    try fuzz(name, tool, options, make)
  }

  private func fuzz<Tool: StreamTool>(
    _ name: String, _ tool: Tool.Type, _ options: [String],
    _ make: (inout SeededNumbers) -> Made
  ) throws {
    try fuzz(name, Tool.parse(options).columns, make)
  }

  private func fuzzEvents<Tool: OutstandingTool>(
    _ name: String, _ tool: Tool.Type, _ options: [String],
    _ make: (inout SeededNumbers) -> Made
  ) throws {
    try fuzz(name, Tool.parse(options).eventColumns, make)
  }

  /// Prints records of a tool as they may never come, and holds their names and
  /// their form against what was put in.
  private func fuzz<Event: TraceEvent>(
    _ name: String, _ columns: [Column<Record<Event>>], _ make: (inout SeededNumbers) -> Made
  ) throws {
    // There are many tools.
    try Fuzz.run(name, share: 0.025) { numbers in
      let records = (0..<Self.rows).map { _ in make(&numbers) }
      let formats: [TimeFormat] = [.local, .utc, .iso, .epoch, .elapsed, .boot, .none]
      let timeFormat = formats[Int.random(in: 0..<formats.count, using: &numbers)]
      for format in OutputFormat.allCases {
        let output = written { out in
          let printer = RowPrinter(
            type: "event", columns: columns, format: format, timeFormat: timeFormat,
            clock: Self.clock, out: out)
          printer.header()
          for made in records {
            made.record.withUnsafeBytes { printer.print(Record<Event>($0.bytes)) }
          }
        }
        let comm = columns.firstIndex { $0.name == "comm" }
        switch format {
        case .table:
          // Stacks have no heading, and lines of their own, as structures have.
          let hasStacks = columns.contains { $0.header.isEmpty || $0.name == "args" }
          let lines = hasStacks ? output.count { $0 == 0x0a } : records.count + 1
          try Check.table(output, lines: lines)
        case .csv:
          let found = try Check.csv(output, records: records.count + 1, fields: columns.count)
          guard let comm else { continue }
          for (index, record) in records.enumerated() {
            try require(found[index + 1][comm] == record.comm, "CSV lost \(record.comm)")
          }
        case .json:
          let found = try Check.json(output, lines: records.count)
          for (index, record) in records.enumerated() {
            guard record.namesTask else {
              let name = found[index]["comm"]
              try require(name is NSNull || name as? String == "", "JSON names a task of none")
              continue
            }
            try Check.text(found[index], "comm", record.comm)
          }
        }
      }
    }
  }

  /// An event with texts behind it, whose sizes are right or not, cut anywhere.
  func record<Event>(
    _ numbers: inout SeededNumbers, _ type: Event.Type,
    _ finish: (inout SeededNumbers, inout Event) -> [UInt8]
  ) -> Made {
    let event = UnsafeMutablePointer<Event>.allocate(capacity: 1)
    defer { event.deallocate() }
    numbers.fill(UnsafeMutableRawBufferPointer(start: event, count: MemoryLayout<Event>.size))
    let comm = Array(numbers.text().prefix { $0 != 0 }.prefix(15))
    // The header comes first.
    let place = MemoryLayout<event_header>.offset(of: \event_header.comm) ?? 0
    let name = UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(event) + place, count: Int(COMM_SIZE))
    name.initializeMemory(as: UInt8.self, repeating: 0)
    name.copyBytes(from: comm)
    let tail = finish(&numbers, &event.pointee)
    let fixed = Array(UnsafeRawBufferPointer(start: event, count: MemoryLayout<Event>.size))
    let kept = numbers.chance(4) ? Int.random(in: 0...tail.count, using: &numbers) : tail.count
    let tid = fixed.withUnsafeBytes { $0.load(as: event_header.self).tid }
    return Made(
      record: fixed + tail.prefix(kept), comm: comm, namesTask: tid != 0 || !comm.isEmpty)
  }

  @Test func `any answer of DNS and any name of a histogram is read`() throws {
    let header: [UInt8] = [69, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]
    let counts: [UInt8] = [0, 53, 4, 0, 0, 0, 0, 0, 0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
    let names: [UInt8] = [1, 0x61, 2, 0x62, 0x63, 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1]
    let seed = header + counts + names + [0, 0, 0, 1, 0, 4, 1, 2, 3, 4]
    try Fuzz.run("DNS and histograms") { numbers in
      for _ in 0..<Self.rows {
        var packet = numbers.chance(8) ? numbers.bytes(0...600) : seed
        for _ in 0..<Int.random(in: 0...6, using: &numbers) where !packet.isEmpty {
          let place = Int.random(in: 0..<packet.count, using: &numbers)
          packet[place] = numbers.number(UInt8.self)
        }
        packet = Array(
          packet.prefix(numbers.chance(4) ? Int.random(in: 0...80, using: &numbers) : 600))
        _ = packet.withUnsafeBytes { DNSMessage(inPacket: $0) }
      }
      var histogram = Histogram(scale: numbers.chance(2) ? .powers : .linear(step: 7))
      histogram.add(Self.counts(&numbers))
      let frame = Frame(
        name: String(decoding: numbers.text(), as: UTF8.self), address: 1, isKernel: false)
      let keyed = KeyedHistogram(
        key: 1, label: numbers.text(), histogram: histogram, stack: [frame])
      for format in OutputFormat.allCases {
        let output = written { out in
          let printer = HistogramPrinter<Int>(
            format: format, unit: .microseconds,
            columns: [
              Column("name", "NAME", width: 0) { row, cell in
                row.label.withUnsafeBytes { cell.text($0) }
              },
              Column("stack", "STACK", width: 0) { $1.frames($0.stack ?? []) },
            ], heading: { $0.label }, showsPercentiles: true, showsAverage: true,
            timeFormat: .iso, clock: Self.clock, out: out)
          printer.header()
          printer.print(keyed, time: numbers.number(UInt64.self))
        }
        switch format {
        case .table: try Check.table(output, lines: output.count { $0 == 0x0a })
        case .json:
          let objects: [[String: Any]] = try Check.json(output, lines: 1)
          try Check.text(objects[0], "name", keyed.label)
        case .csv: _ = try StrictCSV(output)
        }
      }
    }
  }

  private static func counts(_ numbers: inout SeededNumbers) -> histogram {
    var counts = histogram()
    withUnsafeMutableBytes(of: &counts) { bytes in
      for _ in 0..<Int.random(in: 0...20, using: &numbers) {
        let slot = Int.random(in: 0..<bytes.count / 8, using: &numbers)
        bytes.storeBytes(
          of: UInt64.random(in: 0..<1 << 40, using: &numbers), toByteOffset: slot * 8,
          as: UInt64.self)
      }
    }
    return counts
  }
}
