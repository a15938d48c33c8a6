import Foundation
import Testing

@testable import TraceKit

/// A row of the tests.
struct Sample: Sendable {
  var number: Int64 = 5
  var name = "cat"
  var time: UInt64 = 100_500_000_000
}

private let columns: [Column<Sample>] = [
  Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
  Column("number", "NUM", width: 5, alignment: .right) { $1.integer($0.number) },
  Column("name", "NAME", width: 6, isCut: true) { $1.text($0.name) },
  Column("extra", "EXTRA", width: 5, presence: .onRequest) { $1.none(table: "?") },
  Column("odd", "ODD", width: 3, presence: .when(true)) { $1.bool($0.number % 2 == 1) },
]

@Suite struct ColumnTests {
  private func chosen(_ list: String?, _ format: OutputFormat = .table) throws -> [String] {
    let selection = try list.map(ColumnSelection.init(parsing:)) ?? .none
    return try selection.choose(from: columns, format: format).map(\.name)
  }

  @Test func `without a wish the table has the shown and JSON also the hidden ones`() throws {
    #expect(try chosen(nil) == ["number", "name", "odd"])
    #expect(try chosen(nil, .json) == ["time", "number", "name", "odd"])
    #expect(try chosen(nil, .csv) == ["time", "number", "name", "odd"])
  }

  @Test func `a list replaces the default in the order of the user`() throws {
    #expect(try chosen("odd,time") == ["odd", "time"])
    #expect(try chosen("extra", .json) == ["extra"])
  }

  @Test func `additions and removals change the default in the order of the tool`() throws {
    #expect(try chosen("+extra,+time,-number") == ["time", "name", "extra", "odd"])
    #expect(try chosen("+name") == ["number", "name", "odd"])
    #expect(try chosen("-name", .csv) == ["time", "number", "odd"])
  }

  @Test func `a list may be changed in the same breath`() throws {
    #expect(try chosen("odd,number,+time,-number") == ["odd", "time"])
  }

  @Test func `a column that is named twice is there once`() throws {
    #expect(try chosen("name,number,name") == ["name", "number"])
    #expect(try chosen("+extra,+extra") == ["number", "name", "extra", "odd"])
  }

  @Test(arguments: ["nosuch", "number,nosuch", "+nosuch", "-nosuch", "NUMBER"])
  func `an unknown column is named with those that there are`(list: String) throws {
    let error = try #require(throws: ToolError.self) { _ = try chosen(list) }
    let name = list.split(separator: ",").last?.drop { "+-".contains($0) } ?? ""
    #expect(error.status == .usage)
    #expect(
      error.description == "--columns: there is no column '\(name)'; "
        + "the columns are time, number, name, extra, odd")
  }

  @Test(arguments: ["", ",", "name,", "+", "name,-"])
  func `an empty name is refused`(list: String) throws {
    let error = try #require(throws: ToolError.self) { _ = try chosen(list) }
    #expect(error.status == .usage)
    #expect(error.description == "a column name is missing")
  }

  @Test func `at least one column must be left`() throws {
    let error = try #require(throws: ToolError.self) { _ = try chosen("name,-name") }
    #expect(error.description == "--columns: no column is left")
  }

  private func printed(
    _ rows: [Sample], _ list: String? = nil, as format: OutputFormat,
    timeFormat: TimeFormat = .utc
  ) throws -> String {
    let selection = try list.map(ColumnSelection.init(parsing:)) ?? .none
    let chosen = try selection.choose(from: columns, format: format)
    return text { out in
      let printer = RowPrinter(
        type: "sample", columns: chosen, format: format, timeFormat: timeFormat,
        clock: testClock(), out: out)
      printer.header()
      rows.forEach { printer.print($0) }
    }
  }

  @Test func `a table aligns, cuts, and leaves no space after a left last column`() throws {
    let rows = [
      Sample(), Sample(number: -123_456, name: "größenwahn"), Sample(number: 2, name: ""),
    ]
    #expect(
      try printed(rows, as: .table) == """
          NUM NAME   ODD
            5 cat    Y
        -123456 größen \("")
            2        \("")

        """)
    #expect(
      try printed([Sample()], "name,number", as: .table) == """
        NAME     NUM
        cat        5

        """)
  }

  @Test func `the time of a table follows the wish and that of JSON does not`() throws {
    #expect(
      try printed([Sample()], "time", as: .table, timeFormat: .elapsed).hasSuffix("\n0.500000\n"))
    #expect(
      try printed([Sample()], "time", as: .json, timeFormat: .elapsed)
        == #"{"type":"sample","time":"2023-11-14T22:13:20.500000000Z"}"# + "\n")
  }

  @Test func `JSON has one object a line with numbers as numbers`() throws {
    let text = try printed([Sample(), Sample(number: .min, name: "a\"\n")], "+extra", as: .json)
    let objects = try jsonLines(text)
    #expect(objects.count == 2)
    #expect(objects[0]["type"] as? String == "sample")
    #expect(objects[1]["number"] as? Int64 == .min)
    #expect(objects[1]["name"] as? String == "a\"\n")
    #expect(objects[1]["odd"] as? Bool == false)
    #expect(objects[1]["extra"] is NSNull)
    #expect(Set(objects[0].keys) == ["type", "time", "number", "name", "extra", "odd"])
  }

  @Test func `CSV has the names of JSON in its header and whole texts`() throws {
    let text = try printed([Sample(name: "größen, \"wahn\"")], "+extra", as: .csv)
    #expect(
      text == """
        time,number,name,extra,odd
        22:13:20,5,"größen, ""wahn""\",,true

        """)
  }

  @Test func `a number of another base is one for a person only`() {
    #expect(cell(.table) { $0.octal(0o644, digits: 4) } == Array("0644".utf8))
    #expect(cell(.json) { $0.octal(0o644, digits: 4) } == Array("420".utf8))
    #expect(cell(.csv) { $0.octal(0o644, digits: 4) } == Array("420".utf8))
  }

  @Test func `a literal is quoted in JSON only`() {
    #expect(cell(.table) { $0.literal("tcp") } == Array("tcp".utf8))
    #expect(cell(.csv) { $0.literal("tcp") } == Array("tcp".utf8))
    #expect(cell(.json) { $0.literal("tcp") } == Array("\"tcp\"".utf8))
  }
}
