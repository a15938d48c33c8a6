import BPF
import Foundation
import Testing
import Wire

@testable import TraceKit

/// The tables of intervals, and what a file of them may be made into.
@Suite struct IntervalRecordingTests {
  private struct Sum: SummaryRow {
    let name: String
    let count: UInt64
    let time: UInt64
  }

  private static let columns: [Column<Sum>] = [
    Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
    Column("name", "NAME", width: 10, isCut: true) { $1.text($0.name) },
    Column("count", "COUNT", width: 6, alignment: .right, role: .total) { $1.integer($0.count) },
    Column("bytes", "KB", width: 6, presence: .onRequest) { $1.kilobytes($0.count * 2048) },
  ]

  private static var parts: [TablePart<Sum>] {
    let short = [columns[1], columns[2]]
    return [
      TablePart(short, title: "few") { $0.count < 10 },
      TablePart(short, title: "many") { $0.count >= 10 },
    ]
  }

  private let clock = EventClock(start: 50, offset: 1_700_000_000_000_000_000)

  private func recorded(_ row: Sum) throws -> RecordedRow {
    let path = NSTemporaryDirectory() + "intervals-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let recorder = try IntervalRecorder<Sum>(
      path, tool: "sums", type: "sum", columns: Self.columns, parts: Self.parts,
      details: { ["under \($0.name)"] }, count: \.count)
    recorder.begin(clock)
    recorder.add([row], at: 7)
    _ = recorder.finish(Ledger(), status: 0)
    let reader = try RecordingReader(path)
    let block = try #require(reader.next())
    #expect(block.kind == .rows)
    var entry = EntryReader(block.content)
    return try #require(RecordedRow(&entry))
  }

  @Test func `a row is written as it was, in each format`() throws {
    let name = "a\u{1b}\\\"\n,b"
    let row = Sum(name: name, count: 23, time: 1_000_000_000)
    let found = try recorded(row)
    #expect(found.count == 23 && found.part == 1 && found.details == ["under \(name)"])
    let table = try #require(
      RecordedTable(RecordedTable(Self.columns, parts: Self.parts).bytes))
    #expect(table.parts.map(\.title) == ["few", "many"])
    let replayed: [Column<RecordedRow>] = table.columns { $0 }
    for format in [OutputFormat.table, .json, .csv] {
      for time in [TimeFormat.utc, .iso, .epoch, .elapsed, .none] {
        let texts = [
          text(row, Self.columns, format, time), text(found, replayed, format, time),
        ]
        #expect(texts[0] == texts[1])
      }
    }
    let shown = table.tables[1].columns
    #expect(
      text(row, Self.parts[1].columns, .table, .utc) == text(found, shown, .table, .utc))
    #expect(shown.map(\.name) == ["name", "count"] && table.tables[1].includes(found))
  }

  private func text<Row>(
    _ row: Row, _ columns: [Column<Row>], _ format: OutputFormat, _ time: TimeFormat
  ) -> String {
    let out = OutputBuffer(capacity: 256)
    let printer = RowPrinter(
      type: "sum", columns: columns, format: format, timeFormat: time, clock: clock, out: out)
    printer.header()
    printer.print(row)
    return out.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `what pretends to be safe text is made safe`() {
    let out = OutputBuffer(capacity: 64)
    let cell = Cell(name: "a", out: out, format: .table, timeFormat: .none, clock: clock)
    let text = Array("a\\\\\u{1b}[31m\n\tb\u{202e}".utf8)
    RecordedCell.texts(table: text, json: [], csv: []).write(to: cell)
    #expect(
      out.withBytes { String(decoding: $0, as: UTF8.self) } == "a\\\\\\x1b[31m\n\tb\\u202e")
  }

  @Test(arguments: [HistogramScale.powers, .linear(step: 10)])
  func `a distribution is what it was`(scale: HistogramScale) throws {
    var counts = histogram()
    counts.sum = 1234
    counts.max = 99
    counts.min_inverted = ~3
    counts.buckets.3 = 17
    counts.buckets.20 = 6
    let row = RecordedRow(
      count: 23,
      distribution: RecordedDistribution(
        isTitled: true, heading: Array("disk = sda".utf8), line: nil, frames: ["a", "b"],
        histogram: Histogram(counts, scale: scale)))
    var writer = EntryWriter()
    row.append(to: &writer)
    var reader = EntryReader(writer.bytes)
    #expect(RecordedRow(&reader) == row)
    #expect(reader.isAtEnd)
    for size in 0..<writer.bytes.count {
      var cut = EntryReader(Array(writer.bytes[..<size]))
      #expect(RecordedRow(&cut) == nil)
    }
  }

  @Test func `no distribution has more than a program counts`() {
    for (bucket, count, scale) in [
      (0, UInt64.max, HistogramScale.powers), (Int(HISTOGRAM_BUCKETS), 1, .powers),
      (1, 1, .linear(step: .max)),
    ] {
      #expect(Histogram(counted: (1, 1, 1), buckets: [(bucket, count)], scale: scale) == nil)
    }
    let extreme = Histogram(
      counted: (.max, .max, 0), buckets: [(Int(HISTOGRAM_BUCKETS) - 1, 1 << 48)], scale: .powers)
    #expect(extreme?.percentile(0.99) ?? 0 > 0 && extreme?.bars.isEmpty == false)
  }

  @Test func `an interval is what it was`() {
    let interval = RecordedInterval(
      time: 5, offset: -3, zone: 3600, leftOut: 9, load: "0.1 0.2 0.3 1/2 3\n")
    let bytes = interval.bytes.bytes
    #expect(RecordedInterval(bytes) == interval)
    #expect(RecordedInterval(Array(bytes.dropLast())) == nil)
  }
}
