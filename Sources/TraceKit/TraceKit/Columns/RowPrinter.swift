/// Writes rows as a table, as JSON or as CSV.
public struct RowPrinter<Row: ~Copyable & ~Escapable> {
  /// One column of a run. It is a class because the parts of a struct would be
  /// counted up and down for each value.
  private final class Place {
    let column: Column<Row>
    let cell: Cell
    /// What stands in front of the value.
    let prefix: [UInt8]
    /// Whether the table has a column or a margin behind it.
    let isPadded: Bool

    init(_ column: Column<Row>, _ cell: Cell, prefix: String, isLast: Bool) {
      self.column = column
      self.cell = cell
      self.prefix = Array(prefix.utf8)
      isPadded = !isLast || column.alignment == .right
    }
  }

  private let places: [Place]
  private let format: OutputFormat
  private let out: OutputBuffer

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
      return Place(column, cell, prefix: prefix, isLast: index == columns.count - 1)
    }
  }

  /// The first line of a table or of CSV.
  public func header() {
    guard format != .json else { return }
    for place in places {
      place.prefix.withUnsafeBytes { out.append(bytes: $0) }
      let start = out.count
      out.append(format == .csv ? place.column.name : place.column.header)
      if format == .table { pad(place, from: start) }
    }
    out.append(byte: UInt8(ascii: "\n"))
  }

  public func print(_ row: borrowing Row) {
    for place in places {
      place.prefix.withUnsafeBytes { out.append(bytes: $0) }
      let start = out.count
      place.column.write(row, place.cell)
      guard format == .table else { continue }
      if place.column.isCut { out.truncate(from: start, to: place.column.width) }
      pad(place, from: start)
    }
    if format == .json { out.append(byte: UInt8(ascii: "}")) }
    out.append(byte: UInt8(ascii: "\n"))
  }

  private func pad(_ place: Place, from start: Int) {
    guard place.isPadded else { return }
    out.pad(from: start, to: place.column.width, alignment: place.column.alignment)
  }
}
