/// A row of a summary.
public protocol SummaryRow {
  /// How many events it stands for.
  var count: UInt64 { get }
}

/// Where a runner takes the rows of its summaries from: the kernel, or a recording.
public protocol SummarySource<Row>: AnyObject {
  associatedtype Row: SummaryRow
  /// Takes out what was counted since the last time, in the order in which it is shown.
  func take() throws -> [Row]
  /// Becomes readable when there is something to follow; nil: there never is.
  var descriptor: Int32? { get }
  /// Reads what must not wait for the next summary.
  func follow() throws
  /// Whether somebody asks for a summary before the next is due.
  var isAsked: Bool { get }
  /// Whether nothing more is expected, so that the run ends.
  var isDone: Bool { get }
  /// The events of rows that were left out the last time.
  var leftOut: UInt64 { get }
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

extension SummarySource {
  public var descriptor: Int32? { nil }
  public func follow() throws {}
  public var isAsked: Bool { false }
  public var isDone: Bool { false }
  public var leftOut: UInt64 { 0 }
}

/// What is over the rows of a summary in a table.
public enum SummaryHeading: Sendable {
  /// The time, and the names of the columns; an empty line follows the rows.
  case timeAndColumns
  /// The names of the columns.
  case columns
  /// The same, after an empty line.
  case columnsApart
  /// The names of the columns, over the first summary only.
  case columnsOnce
  /// Nothing; in place of rows there are the lines that are below rows elsewhere.
  case lines
  /// The same, after the time and before an empty line.
  case linesAtTimes
}

/// Prints rows at each interval and at the end.
struct SummaryRunner<Row: SummaryRow> {
  let tool: String
  let type: String
  let loop: IntervalLoop
  /// Each row belongs to one of them.
  let tables: [TablePart<Row>]
  let format: OutputFormat
  let timeFormat: TimeFormat
  /// Rows of a summary beyond so many are left out.
  var limit = Int.max
  var heading = SummaryHeading.columns
  /// The lines below a row of a table, not escaped.
  var details: (Row) -> [String] = { _ in [] }
  /// The load averages, which are then over the columns of a table.
  var load: () -> String? = { nil }
  let stats: Bool
  let output: Output
  let clock: EventClock
  var recorder: IntervalRecorder<Row>?

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some SummarySource<Row>, until ended: Int32? = nil) throws -> Ledger {
    let printers = tables.map { table in
      RowPrinter(
        type: type, columns: table.columns, format: format, timeFormat: timeFormat, clock: clock,
        out: output.buffer)
    }
    var ticks = 0
    let run = PeriodicRun(
      tool: tool, loop: loop, format: format, stats: stats, output: output, clock: clock)
    return try run.run(
      until: ended, news: source.descriptor, onNews: source.follow,
      isAsked: { source.isAsked }, isDone: { source.isDone }, stop: source.stop,
      ledger: source.ledger
    ) {
      let rows = try source.take()
      let now = EventClock.now
      recorder?.add(rows, at: now, leftOut: source.leftOut)
      let isTimed =
        format == .table && (heading == .timeAndColumns || heading == .linesAtTimes)
      if isTimed { writeTime(now) }
      if format == .table, heading == .columnsApart { output.buffer.append("\n") }
      if format == .table, let load = load() {
        LoadAverages.write(load, at: now, as: timeFormat, by: clock, to: output.buffer)
      }
      let isHeaded =
        format == .table ? hasRows && (heading != .columnsOnce || ticks == 0) : ticks == 0
      printParts(of: rows.prefix(limit), by: printers, isHeaded: isHeaded)
      if isTimed { output.buffer.append("\n") }
      ticks += 1
      return PeriodicRun.Told(
        shown: rows.prefix(limit).reduce(0) { $0 + $1.count },
        filtered: rows.dropFirst(limit).reduce(source.leftOut) { $0 + $1.count })
    }
  }

  /// Prints the parts that have rows or a title, or the first.
  private func printParts(
    of rows: some Sequence<Row>, by printers: [RowPrinter<Row>], isHeaded: Bool
  ) {
    var parts = tables.indices.map { ($0, rows.filter(tables[$0].includes)) }
    parts.removeAll { $0.1.isEmpty && tables[$0.0].title == nil }
    for (place, (index, rows)) in (parts.isEmpty ? [(0, [])] : parts).enumerated() {
      if format == .table {
        if place > 0 { output.buffer.append("\n") }
        if let title = tables[index].title { output.buffer.append(title + "\n") }
      }
      if isHeaded { printers[index].header() }
      for row in rows {
        if format != .table || hasRows { printers[index].print(row) }
        if format == .table { printDetails(of: row) }
      }
    }
  }

  private var hasRows: Bool { heading != .lines && heading != .linesAtTimes }

  private func printDetails(of row: Row) {
    for var line in details(row) {
      line.withUTF8 { output.buffer.append(escaped: UnsafeRawBufferPointer($0)) }
      output.buffer.append("\n")
    }
  }

  private func writeTime(_ now: UInt64) {
    guard timeFormat != .none else { return }
    output.buffer.append("[")
    clock.write(now, as: timeFormat, to: output.buffer)
    output.buffer.append("]\n")
  }
}
