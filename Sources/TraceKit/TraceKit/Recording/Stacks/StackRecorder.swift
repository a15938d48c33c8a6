/// Records what a run counts by stacks, with the names of their frames, so that neither the
/// machine nor the traced files are needed to print it.
final class StackRecorder<Row: StackRow> {
  private let writer: RecordingWriter
  private let tool: String
  private let type: String
  private var clock: EventClock?
  private var table = StackTableWriter()
  private var rows = EntryWriter()
  private var recorded: UInt64 = 0
  private var isLacking = false
  /// What was reported before the file was begun.
  private var notes: [String] = []

  private static var blockBytes: Int { 256 << 10 }

  /// - Parameter type: of the records.
  /// - Throws: ``ToolError`` where the file cannot be written.
  init(_ path: String, tool: String, type: String) throws {
    writer = try RecordingWriter(path, tool: tool, version: .stacks)
    self.tool = tool
    self.type = type
  }

  /// Writes what the reader must know first.
  ///
  /// - Parameter known: facts on what is counted.
  func begin(_ clock: EventClock, _ known: [String: String]) {
    self.clock = clock
    var facts = RecordingFacts(tool: tool, type: type, clock: clock)
    facts["rows"] = RecordedRows.stacks.rawValue
    for (name, value) in known { facts[name] = value }
    writer.append(.facts, facts.entries)
    notes.forEach(note)
  }

  /// Records what the run reports of itself.
  func note(_ sentence: String) {
    guard clock != nil else { return notes.append(sentence) }
    var entry = EntryWriter()
    entry.text(Array(sentence.utf8))
    entry.endEntry()
    writer.append(.notes, entry)
  }

  /// Records an interval.
  ///
  /// - Parameters:
  ///   - rows: those that count most first.
  ///   - time: its end, on the kernel's clock.
  func add(_ rows: some Sequence<Row>, at time: UInt64, leftOut: UInt64 = 0) {
    guard let clock else { return }
    if table.weight > StackTable.room {
      table = StackTableWriter()
      writer.append(.forget, EntryWriter())
    }
    var (leftOut, lacking) = (leftOut, 0)
    table.asked = 0
    for row in rows {
      guard table.asked < StackTable.intervalRoom else {
        leftOut += row.count
        lacking += 1
        continue
      }
      row.append(to: &self.rows, &table)
      table.asked += row.ownWeight
      recorded += 1
      if self.rows.bytes.count + table.waiting >= Self.blockBytes { flush() }
    }
    flush()
    if lacking > 0 {
      isLacking = true
      tell("\(tool): --record: there is no room in an interval for \(lacking) of its stacks")
    }
    writer.append(
      .interval,
      RecordedInterval(
        time: time, offset: clock.offset, zone: EventClock.zone(at: clock.timeOfDay(time)),
        leftOut: leftOut
      ).bytes)
  }

  private func flush() {
    table.flush(to: writer)
    if rows.count > 0 { writer.append(.samples, rows) }
    rows.removeAll()
  }

  /// Ends the recording with the account of the run.
  ///
  /// - Returns: the status of the run, which has failed where the file lacks something.
  func finish(_ ledger: Ledger, status: Int32) -> Int32 {
    writer.append(
      .account, RecordingAccount(ledger, recorded: recorded, end: EventClock.now).entries)
    return writer.failure == nil && !isLacking ? status : ExitStatus.failure.rawValue
  }
}
