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
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// Prints rows at each interval and at the end.
struct SummaryRunner<Row: SummaryRow> {
  let tool: String
  let type: String
  let loop: IntervalLoop
  let columns: [Column<Row>]
  let format: OutputFormat
  let timeFormat: TimeFormat
  /// Rows of a summary beyond so many are left out.
  var limit = Int.max
  /// Whether the table has the time over each summary and an empty line below.
  var showsTime = false
  let stats: Bool
  let output: Output
  let clock: EventClock

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some SummarySource<Row>, until ended: Int32? = nil) throws -> Ledger {
    let printer = RowPrinter(
      type: type, columns: columns, format: format, timeFormat: timeFormat, clock: clock,
      out: output.buffer)
    var ticks = 0
    let run = PeriodicRun(
      tool: tool, loop: loop, format: format, stats: stats, output: output, clock: clock)
    return try run.run(until: ended, stop: source.stop, ledger: source.ledger) {
      let rows = try source.take()
      if format == .table, showsTime { heading() }
      if format == .table || ticks == 0 { printer.header() }
      for row in rows.prefix(limit) { printer.print(row) }
      if format == .table, showsTime { output.buffer.append("\n") }
      ticks += 1
      return PeriodicRun.Told(
        shown: rows.prefix(limit).reduce(0) { $0 + $1.count },
        filtered: rows.dropFirst(limit).reduce(0) { $0 + $1.count })
    }
  }

  private func heading() {
    guard timeFormat != .none else { return }
    output.buffer.append("[")
    clock.write(EventClock.now, as: timeFormat, to: output.buffer)
    output.buffer.append("]\n")
  }
}
