import Testing

@testable import TraceKit

@Suite struct VerticalRowTests {
  private func printed(_ format: OutputFormat) -> String {
    let columns: [Column<Sample>] = [
      Column("number", "NUM", width: 5, alignment: .right) { $1.integer($0.number) },
      Column("name", "LONGER", width: 2, isCut: true) { $1.text($0.name) },
      Column("none", "NONE", width: 5) { cell, out in out.none() },
    ]
    return text { out in
      let printer = RowPrinter(
        type: "sample", columns: columns, format: format, timeFormat: .utc, clock: testClock(),
        isVertical: true, out: out)
      printer.header()
      printer.print(Sample())
      printer.print(Sample(number: -3, name: "a\nb"))
    }
  }

  @Test func `a table has a line for each value that there is, and no header`() {
    let (first, second) = ("NUM:    5\nLONGER: cat\n\n", "NUM:    -3\nLONGER: a\\nb\n\n")
    #expect(printed(.table) == first + second)
  }

  @Test func `JSON and CSV stay as they are`() {
    #expect(printed(.csv) == "number,name,none\n5,cat,\n-3,\"a\nb\",\n")
    #expect(
      printed(.json)
        == #"{"type":"sample","number":5,"name":"cat","none":null}"# + "\n"
        + #"{"type":"sample","number":-3,"name":"a\nb","none":null}"# + "\n")
  }
}
