/// Counts rows that are the same, where they are printed once at the end.
public final class RowCounts<Event: TraceEvent> {
  private let out = OutputBuffer(capacity: 1024)
  private let printer: RowPrinter<Record<Event>>
  private var counts: [[UInt8]: Int] = [:]

  init(type: String, columns: [Column<Record<Event>>], timeFormat: TimeFormat) {
    printer = RowPrinter(
      type: type, columns: columns, format: .table, timeFormat: timeFormat,
      clock: Replay.current?.clock ?? EventClock(), out: out)
  }

  public func add(_ record: borrowing Record<Event>) {
    printer.print(record)
    counts[out.withBytes { Array($0) }, default: 0] += 1
    out.removeAll()
  }

  /// Writes the heading and each row with its count, the most frequent first.
  func write(to output: Output) throws {
    printer.header()
    out.withBytes { output.buffer.append(bytes: $0) }
    let rows = counts.sorted {
      ($0.value, $1.key.lexicographicallyPrecedes($0.key) ? 0 : 1)
        > ($1.value, $0.key.lexicographicallyPrecedes($1.key) ? 0 : 1)
    }
    for (row, count) in rows {
      row.withUnsafeBytes { output.buffer.append(bytes: $0) }
      output.buffer.append("-->COUNT ")
      output.buffer.append(UInt64(count))
      output.buffer.append("\n\n")
      try output.flush()
    }
  }
}

extension StreamTool {
  /// Counts rows that are the same, and prints them at the end. The tool's ``mirror`` adds each.
  ///
  /// - Parameter begin: is given where they are added.
  public func traceCountedRows(_ begin: (RowCounts<Event>) -> Void) throws -> Int32 {
    let run = stream.run
    let rows = RowCounts<Event>(
      type: Self.recordType,
      columns: try run.columns.choose(from: columns, format: .table),
      timeFormat: run.timeFormat ?? .local)
    begin(rows)
    let status = try traceEvents()
    let output = try run.openOutput()
    try rows.write(to: output)
    return status
  }
}
