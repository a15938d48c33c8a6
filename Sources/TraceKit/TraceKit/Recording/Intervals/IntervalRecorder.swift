/// Records the tables that a run prints at its intervals: each value as each format writes it,
/// those of columns included that the run does not show.
///
/// What the programs count is in maps, each tool's in others; what a runner has made of it is
/// alike for all.
final class IntervalRecorder<Row> {
  private let writer: RecordingWriter
  private let tool: String
  private let type: String
  private let columns: [Column<Row>]
  private let parts: [TablePart<Row>]
  private let details: (Row) -> [String]
  private let count: (Row) -> UInt64
  private let distribution: (Row) -> RecordedDistribution?
  private var clock = EventClock()
  private var rows = EntryWriter()
  private var recorded: UInt64 = 0
  private let scratch = OutputBuffer(capacity: 1024)

  private static var blockBytes: Int { 256 << 10 }

  /// - Parameters:
  ///   - type: of the records.
  ///   - columns: of JSON and CSV.
  ///   - parts: of a table.
  ///   - details: the lines below a row of a table.
  ///   - count: how many events a row stands for.
  ///   - distribution: what is printed of one.
  /// - Throws: ``ToolError`` where the file cannot be written.
  init(
    _ path: String, tool: String, type: String, columns: [Column<Row>],
    parts: [TablePart<Row>]? = nil, details: @escaping (Row) -> [String] = { _ in [] },
    count: @escaping (Row) -> UInt64,
    distribution: @escaping (Row) -> RecordedDistribution? = { _ in nil }
  ) throws {
    writer = try RecordingWriter(path, tool: tool)
    self.tool = tool
    self.type = type
    self.columns = columns
    self.parts = parts ?? [TablePart(columns)]
    self.details = details
    self.count = count
    self.distribution = distribution
  }

  /// Writes what the reader must know first.
  ///
  /// - Parameter unit: of the values of histograms.
  func begin(_ clock: EventClock, unit: HistogramUnit? = nil) {
    self.clock = clock
    var facts = RecordingFacts(tool: tool, type: type, clock: clock)
    facts["rows"] = (unit == nil ? RecordedRows.counts : .histograms).rawValue
    facts["unit"] = unit?.name
    facts["unit_heading"] = unit?.heading
    facts[bytes: "columns"] = RecordedTable(columns, parts: parts).bytes
    writer.append(.facts, facts.entries)
  }

  /// Records an interval.
  ///
  /// - Parameters:
  ///   - time: its end, on the kernel's clock.
  ///   - leftOut: the events of rows that the tool left out.
  ///   - load: the load averages, where they are shown.
  func add(_ rows: [Row], at time: UInt64, leftOut: UInt64 = 0, load: String? = nil) {
    for row in rows {
      recordedRow(row).append(to: &self.rows)
      recorded += 1
      if self.rows.bytes.count >= Self.blockBytes { flush() }
    }
    flush()
    let zone = EventClock.zone(at: clock.timeOfDay(time))
    let interval = RecordedInterval(
      time: time, offset: clock.offset, zone: zone, leftOut: leftOut, load: load)
    writer.append(.interval, interval.bytes)
  }

  private func flush() {
    guard rows.count > 0 else { return }
    writer.append(.rows, rows)
    rows.removeAll()
  }

  /// Ends the recording with the account of the run.
  ///
  /// - Returns: the status of the run, which has failed where the file lacks something.
  func finish(_ ledger: Ledger, status: Int32) -> Int32 {
    writer.append(
      .account, RecordingAccount(ledger, recorded: recorded, end: EventClock.now).entries)
    return writer.failure == nil ? status : ExitStatus.failure.rawValue
  }

  // MARK: - Values

  private func recordedRow(_ row: Row) -> RecordedRow {
    let part = parts.firstIndex { $0.includes(row) } ?? 0
    let shown = parts[part].columns
    let cells = columns.map { column in
      let inTable = shown.first { $0.name == column.name } ?? column
      return cell(of: row, column, inTable: inTable)
    }
    return RecordedRow(
      count: count(row), part: part, cells: cells, details: details(row),
      distribution: distribution(row))
  }

  private func cell(of row: Row, _ column: Column<Row>, inTable: Column<Row>) -> RecordedCell {
    let (table, time) = text(of: row, inTable, .table)
    if let time, table.isEmpty { return .time(time) }
    return .texts(
      table: table, json: text(of: row, column, .json).text, csv: text(of: row, column, .csv).text)
  }

  /// The text of a value, and the time that it has as such.
  private func text(
    of row: Row, _ column: Column<Row>, _ format: OutputFormat
  ) -> (text: [UInt8], time: UInt64?) {
    let cell = Cell(
      name: column.name, out: scratch, format: format, timeFormat: .none, clock: clock)
    column.write(row, cell)
    defer { scratch.removeAll() }
    return (scratch.withBytes { Array($0) }, cell.lastTime)
  }
}
