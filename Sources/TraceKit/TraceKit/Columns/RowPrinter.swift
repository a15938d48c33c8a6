/// Writes rows as a table, as JSON or as CSV.
public struct RowPrinter<Row: ~Copyable & ~Escapable> {
  /// Writes a row.
  ///
  /// It is a function that was made once: to call a method, a runner that is generic
  /// would look its types up for each row.
  public let print: (borrowing Row) -> Void

  private let places: [Place]
  private let format: OutputFormat
  private let isVertical: Bool
  private let out: OutputBuffer

  /// One column of a run.
  private struct Place {
    let column: Column<Row>
    let cell: Cell
    /// What precedes the value.
    let prefix: Literal
    /// Whether a column or a margin follows it in the table.
    let isPadded: Bool

    /// Writes a line with the value; nothing where there is none.
    func printLine(_ row: borrowing Row, to out: OutputBuffer) {
      let start = out.count
      out.append(prefix)
      cell.wroteNothing = false
      column.write(row, cell)
      if cell.wroteNothing {
        out.truncate(from: start, to: 0)
      } else {
        out.append(byte: UInt8(ascii: "\n"))
      }
    }
  }

  /// Writes the value of a place.
  private final class Step {
    let write: @Sendable (borrowing Row, borrowing Cell) -> Void
    let cell: Cell
    let out: OutputBuffer
    let prefix: Literal
    /// Nil where the value stays as it is.
    let room: (width: Int, isCut: Bool, isPadded: Bool, alignment: Alignment)?

    init(_ place: Place) {
      write = place.column.write
      cell = place.cell
      out = place.cell.out
      prefix = place.prefix
      room =
        cell.format == .table && (place.isPadded || place.column.isCut)
        ? (place.column.width, place.column.isCut, place.isPadded, place.column.alignment) : nil
    }

    func print(_ row: borrowing Row) {
      out.append(prefix)
      let start = out.count
      write(row, cell)
      if let room {
        if room.isCut { out.truncate(from: start, to: room.width) }
        if room.isPadded { out.pad(from: start, to: room.width, alignment: room.alignment) }
      }
    }
  }

  /// The steps of a row, which an array would count up and down for each row.
  private final class Steps {
    let count: Int
    private let all: UnsafeMutablePointer<UnsafeMutableRawPointer>

    init(_ steps: [Step]) {
      count = steps.count
      all = .allocate(capacity: count)
      for (index, step) in steps.enumerated() {
        all[index] = Unmanaged.passRetained(step).toOpaque()
      }
    }

    deinit {
      for index in 0..<count { Unmanaged<Step>.fromOpaque(all[index]).release() }
      all.deallocate()
    }

    @inline(__always)
    subscript(index: Int) -> Unmanaged<Step> { .fromOpaque(all[index]) }
  }

  /// - Parameters:
  ///   - type: the value of `type` in a JSON record.
  ///   - columns: those of the run, in their order.
  ///   - format: table, JSON or CSV.
  ///   - timeFormat: of the times in rows.
  ///   - clock: converts the kernel's times.
  ///   - isVertical: a table has a line for each value that there is, with its heading, and
  ///     an empty one after each row.
  ///   - out: receives the rows.
  public init(
    type: String, columns: [Column<Row>], format: OutputFormat, timeFormat: TimeFormat,
    clock: EventClock, isVertical: Bool = false, out: OutputBuffer
  ) {
    self.format = format
    self.isVertical = isVertical && format == .table
    self.out = out
    let isVertical = self.isVertical
    let headerWidth = columns.lazy.map { $0.header.utf8.count }.max() ?? 0
    places = columns.enumerated().map { index, column in
      let cell = Cell(
        name: column.name, out: out, format: format, timeFormat: timeFormat, clock: clock)
      let prefix =
        switch format {
        case .json: (index == 0 ? "{\"type\":\"\(type)\"," : ",") + "\"\(column.name)\":"
        case .csv: index == 0 ? "" : ","
        case .table where isVertical:
          column.header + ":"
            + String(repeating: " ", count: headerWidth - column.header.utf8.count + 1)
        case .table: index == 0 ? "" : " "
        }
      let isPadded = index < columns.count - 1 || column.alignment == .right
      return Place(column: column, cell: cell, prefix: Literal(prefix), isPadded: isPadded)
    }
    if isVertical {
      print = { [out, places] row in
        for place in places { place.printLine(row, to: out) }
        out.append("\n" as StaticString)
      }
      return
    }
    let end = Literal(format == .json ? "}\n" : "\n")
    let steps = Steps(places.map(Step.init))
    print = { [out] row in
      for index in 0..<steps.count { steps[index]._withUnsafeGuaranteedRef { $0.print(row) } }
      out.append(end)
    }
  }

  /// The first line of a table or of CSV.
  public func header() {
    guard format != .json, !isVertical else { return }
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
