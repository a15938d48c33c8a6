import Foundation
import Glibc
import Testing

@testable import TraceKit

/// Totals that were recorded: those of each interval.
private final class RecordedTotals: TotalsSource {
  private var intervals: [[(key: String, value: UInt64)]]
  private(set) var isStopped = false

  init(_ intervals: [[(key: String, value: UInt64)]]) {
    self.intervals = intervals
  }

  func take() -> [(key: String, value: UInt64)] {
    intervals.isEmpty ? [] : intervals.removeFirst()
  }

  func stop() { isStopped = true }

  func ledger() -> Ledger {
    var ledger = Ledger()
    ledger.seen = 100
    return ledger
  }
}

struct RankedRunnerTests {
  private typealias Runner = RankedRunner<String, UInt64>

  private static let columns: [Column<RankedRow<String, UInt64>>] = [
    Column("name", "NAME", width: 6) { $1.text($0.key) },
    Column("total", "TOTAL", width: 5, alignment: .right) { $1.integer($0.totals) },
  ]

  /// Runs over recorded intervals and returns what was written.
  private func run(
    _ intervals: [[(key: String, value: UInt64)]], format: OutputFormat = .table,
    rows: Int? = nil, order: Int = 0,
    tables: [TablePart<RankedRow<String, UInt64>>] = [TablePart(columns)]
  ) throws -> (text: String, ledger: Ledger) {
    try withTemporaryFile { path in
      let output = try Output.file(path)
      defer { close(output.descriptor) }
      let source = RecordedTotals(intervals)
      let runner = Runner(
        settings: .init(
          tool: "test", type: "total", format: format, timeFormat: .none, interval: 0.001,
          count: intervals.count, rows: rows),
        tables: format == .table ? tables : [TablePart(Self.columns)],
        orders: [
          RankedOrder("total", by: [\.totals]),
          RankedOrder("length", by: [{ UInt64($0.key.count) }, \.totals]),
          RankedOrder("least", key: "m", isAscending: true, by: [\.totals]),
        ],
        events: { $0 }, output: output, clock: testClock())
      let ledger = try runner.run(source, by: order)
      #expect(source.isStopped)
      return (try String(contentsOfFile: path, encoding: .utf8), ledger)
    }
  }

  private static let some: [(key: String, value: UInt64)] = [("aa", 23), ("b", 53), ("ccc", 2)]

  @Test func `a table at each interval, the greatest first`() throws {
    let lines = try run([Self.some, [], [("aa", 7)]]).text.split(
      separator: "\n", omittingEmptySubsequences: false)
    let tables = lines.split(separator: "").map(Array.init)
    #expect(tables.count == 3)
    #expect(tables.allSatisfy { $0[0].hasPrefix("loadavg: ") && $0[1] == "NAME   TOTAL" })
    #expect(tables[0].dropFirst(2) == ["b         53", "aa        23", "ccc        2"])
    #expect(tables[1].count == 2)
    #expect(tables[2].dropFirst(2) == ["aa         7"])
  }

  @Test func `another order, by the next measure where the first is equal`() throws {
    let totals = Self.some + [(key: "ddd", value: 1), (key: "eee", value: 3)]
    let rows = try jsonLines(run([totals], format: .json, order: 1).text).dropLast()
    #expect(rows.map { $0["name"] as? String } == ["eee", "ccc", "ddd", "aa", "b"])
  }

  @Test func `an order can begin with the least, and has a key of its own`() throws {
    let rows = try jsonLines(run([Self.some], format: .json, order: 2).text).dropLast()
    #expect(rows.map { $0["name"] as? String } == ["ccc", "aa", "b"])
    let orders = [RankedOrder<Int>("read", by: []), RankedOrder("rate", key: "t", by: [])]
    #expect(orders.map(\.key) == ["r", "t"])
  }

  @Test func `several tables have their rows and columns, and none that is empty`() throws {
    let long = [
      Column<RankedRow<String, UInt64>>("name", "LONG NAME", width: 0) { $1.text($0.key) }
    ]
    let tables = [
      TablePart(Self.columns) { $0.key.count < 3 }, TablePart(long) { $0.key.count >= 3 },
    ]
    func parts(_ intervals: [[(key: String, value: UInt64)]]) throws -> [Substring] {
      try run(intervals, tables: tables).text.split(
        separator: "\n", omittingEmptySubsequences: false
      ).filter { !$0.hasPrefix("loadavg") }
    }
    #expect(
      try parts([Self.some])
        == ["", "NAME   TOTAL", "b         53", "aa        23", "", "LONG NAME", "ccc", ""])
    #expect(try parts([[("ccc", 2)]]) == ["", "LONG NAME", "ccc", ""])
    #expect(try parts([[]]) == ["", "NAME   TOTAL", ""])
    // In JSON they are one.
    #expect(try jsonLines(run([Self.some], format: .json, tables: tables).text).count == 4)
  }

  @Test func `what is left out of a table is in the account`() throws {
    let (text, ledger) = try run([Self.some, Self.some], format: .json, rows: 1)
    #expect(try jsonLines(text).dropLast().map { $0["name"] as? String } == ["b", "b"])
    #expect(ledger.shown == 106 && ledger.filtered == 50 && ledger.delivered == 156)
  }

  @Test func `a person sees twenty rows and a program all`() throws {
    let totals = (0..<31).map { (key: "k\($0)", value: UInt64($0)) }
    #expect(try run([totals]).text.split(separator: "\n").count == 2 + 20)
    #expect(try run([totals], format: .csv).text.split(separator: "\n").count == 1 + 31)
    #expect(try run([totals], format: .json).text.split(separator: "\n").count == 31 + 1)
  }

  @Test func `CSV has its header once`() throws {
    let lines = try run([Self.some, Self.some], format: .csv).text.split(separator: "\n")
    #expect(lines == ["name,total", "b,53", "aa,23", "ccc,2", "b,53", "aa,23", "ccc,2"])
  }

  @Test func `names of every byte move no cursor`() throws {
    let text = try run([[("\u{1b}[2J\n", 1)]]).text
    #expect(text.contains(#"\x1b[2J\n"#) && !text.contains("\u{1b}"))
  }
}
