/// Writes rows as a table, as JSON or as CSV.
public struct RowPrinter<Row: ~Copyable & ~Escapable> {
  public typealias Writing = (borrowing Row) -> Void

  /// Writes a row.
  ///
  /// It is one function that calls another for each column, made once, since a list of
  /// columns would be counted up and down for each row.
  public let print: Writing

  private let places: [Place]
  private let format: OutputFormat
  private let out: OutputBuffer

  /// One column of a run.
  private struct Place {
    let column: Column<Row>
    let cell: Cell
    /// What stands in front of the value.
    let prefix: Literal
    /// Whether the table has a column or a margin behind it.
    let isPadded: Bool

    /// Writes the value, and the rest of the row behind it.
    func writing(then rest: @escaping Writing) -> Writing {
      let (write, cell, prefix, out) = (column.write, cell, prefix, cell.out)
      guard cell.format == .table, isPadded || column.isCut else {
        return { row in
          out.append(prefix)
          write(row, cell)
          rest(row)
        }
      }
      let (width, alignment) = (column.width, column.alignment)
      let (isCut, isPadded) = (column.isCut, isPadded)
      return { row in
        out.append(prefix)
        let start = out.count
        write(row, cell)
        if isCut { out.truncate(from: start, to: width) }
        if isPadded { out.pad(from: start, to: width, alignment: alignment) }
        rest(row)
      }
    }
  }

  /// - Parameters:
  ///   - type: what a JSON record calls itself.
  ///   - columns: those of the run, in their order.
  public init(
    type: String, columns: [Column<Row>], format: OutputFormat, timeFormat: TimeFormat,
    clock: EventClock, out: OutputBuffer
  ) {
    self.format = format
    self.out = out
    places = columns.enumerated().map { index, column in
      let cell = Cell(
        name: column.name, out: out, format: format, timeFormat: timeFormat, clock: clock)
      let prefix =
        switch format {
        case .json: (index == 0 ? "{\"type\":\"\(type)\"," : ",") + "\"\(column.name)\":"
        case .csv: index == 0 ? "" : ","
        case .table: index == 0 ? "" : " "
        }
      let isPadded = index < columns.count - 1 || column.alignment == .right
      return Place(column: column, cell: cell, prefix: Literal(prefix), isPadded: isPadded)
    }
    let end = Literal(format == .json ? "}\n" : "\n")
    var line: Writing = { [out] _ in out.append(end) }
    for place in places.reversed() { line = place.writing(then: line) }
    print = line
  }

  /// The first line of a table or of CSV.
  public func header() {
    guard format != .json else { return }
    for place in places {
      out.append(place.prefix)
      let start = out.count
      out.append(format == .csv ? place.column.name : place.column.header)
      guard format == .table, place.isPadded else { continue }
      out.pad(from: start, to: place.column.width, alignment: place.column.alignment)
    }
    out.append(byte: UInt8(ascii: "\n"))
  }
}
