/// Writes rows as a table, as JSON or as CSV.
public struct RowPrinter<Row: ~Copyable & ~Escapable> {
  private let columns: [Column<Row>]
  private let cells: [Cell]
  private let format: OutputFormat
  private let out: OutputBuffer
  private let opening: String

  /// - Parameters:
  ///   - type: what a JSON record calls itself.
  ///   - columns: those of the run, in their order.
  public init(
    type: String, columns: [Column<Row>], format: OutputFormat, timeFormat: TimeFormat,
    clock: EventClock, out: OutputBuffer
  ) {
    self.columns = columns
    self.format = format
    self.out = out
    opening = "{\"type\":\"\(type)\""
    cells = columns.map { column in
      Cell(name: column.name, out: out, format: format, timeFormat: timeFormat, clock: clock)
    }
  }

  /// The first line of a table or of CSV.
  public func header() {
    guard format != .json else { return }
    for (index, column) in columns.enumerated() {
      if index > 0 { out.append(format == .csv ? "," : " ") }
      let start = out.count
      out.append(format == .csv ? column.name : column.header)
      if format == .table, index < columns.count - 1 || column.alignment == .right {
        out.pad(from: start, to: column.width, alignment: column.alignment)
      }
    }
    out.append(byte: UInt8(ascii: "\n"))
  }

  public func print(_ row: borrowing Row) {
    switch format {
    case .table: table(row)
    case .csv: csv(row)
    case .json: json(row)
    }
    out.append(byte: UInt8(ascii: "\n"))
  }

  private func table(_ row: borrowing Row) {
    for index in columns.indices {
      let column = columns[index]
      if index > 0 { out.append(byte: UInt8(ascii: " ")) }
      let start = out.count
      column.write(row, cells[index])
      if column.isCut { out.truncate(from: start, to: column.width) }
      if index < columns.count - 1 || column.alignment == .right {
        out.pad(from: start, to: column.width, alignment: column.alignment)
      }
    }
  }

  private func csv(_ row: borrowing Row) {
    for index in columns.indices {
      if index > 0 { out.append(byte: UInt8(ascii: ",")) }
      columns[index].write(row, cells[index])
    }
  }

  private func json(_ row: borrowing Row) {
    out.append(opening)
    for index in columns.indices {
      out.append(",\"")
      out.append(columns[index].name)
      out.append("\":")
      columns[index].write(row, cells[index])
    }
    out.append(byte: UInt8(ascii: "}"))
  }
}
