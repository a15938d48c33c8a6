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
    var shown: UInt64 = 0
    var filtered: UInt64 = 0
    var isClosed = false
    var end: UInt64 = 0
    let stop = {
      end = EventClock.now
      source.stop()
    }
    do {
      try loop.run(output: output, clock: clock, until: ended, atEnd: stop) { _ in
        let rows = try source.take()
        if format == .table, showsTime { heading() }
        if format == .table || ticks == 0 { printer.header() }
        for row in rows.prefix(limit) { printer.print(row) }
        if format == .table, showsTime { output.buffer.append("\n") }
        try output.flush()
        ticks += 1
        for (index, row) in rows.enumerated() {
          if index < limit { shown += row.count } else { filtered += row.count }
        }
      }
    } catch is Output.Closed {
      stop()
      isClosed = true
    }
    var ledger = try source.ledger()
    ledger.delivered = shown + filtered
    ledger.shown = shown
    ledger.filtered = filtered
    try ledger.close(
      tool: tool, format: isClosed ? nil : format, to: output,
      cost: stats ? RunCost(ledger, output, clock, end: end) : nil)
    return ledger
  }

  private func heading() {
    guard timeFormat != .none else { return }
    output.buffer.append("[")
    clock.write(EventClock.now, as: timeFormat, to: output.buffer)
    output.buffer.append("]\n")
  }
}
