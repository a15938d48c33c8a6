/// What the trial of all plans of a tool said.
struct PlanVerdicts {
  let tool: String
  let verdicts: [PlanVerdict]

  init(tool: String, _ verdicts: [PlanVerdict]) {
    self.tool = tool
    self.verdicts = verdicts
  }

  /// What a run without a check would end with, as far as the plans decide it.
  var status: ExitStatus {
    if verdicts.contains(where: { $0.obstacle == nil }) { return .success }
    return verdicts.contains { $0.obstacle == .notPermitted } ? .notPermitted : .unavailable
  }

  /// Prints a row for each plan, in the order of the tool's preference.
  func print(as format: OutputFormat, to output: Output) throws {
    let rows = verdicts.map { PlanRecord(tool: tool, $0) }
    let printer = RowPrinter(
      type: "plan", columns: format == .table ? PlanRecord.tableColumns : PlanRecord.columns,
      format: format, timeFormat: .none, clock: EventClock(), out: output.buffer)
    printer.header()
    for row in rows { printer.print(row) }
    try output.flushIfRead()
  }
}

/// A verdict as it is reported, to a person or to another executable.
public struct PlanRecord: Equatable, Sendable {
  public var tool: String
  /// What `--hooks` would be given.
  public var hooks: String
  public var works: Bool
  /// What was attached.
  public var programs: [String]
  public var obstacle: Obstacle?

  init(tool: String, _ verdict: PlanVerdict) {
    self.tool = tool
    hooks = verdict.hooks.description
    works = verdict.obstacle == nil
    programs = verdict.programs
    obstacle = verdict.obstacle
  }

  static var columns: [Column<PlanRecord>] {
    [
      Column("tool", "TOOL", width: 12) { $1.text($0.tool) },
      Column("hooks", "HOOKS", width: 12) { $1.text($0.hooks) },
      Column("works", "WORKS", width: 5) { $1.answer($0.works) },
      Column("programs", "PROGRAMS", width: 0) { $1.list($0.programs) },
    ] + Column.obstacle { $0.obstacle }
  }

  static var tableColumns: [Column<PlanRecord>] {
    [
      Column("hooks", "HOOKS", width: 12) { $1.text($0.hooks) },
      Column("works", "WORKS", width: 5) { $1.answer($0.works) },
      Column("note", "PROGRAMS, OR WHY NOT", width: 0) {
        $1.text($0.obstacle?.description ?? $0.programs.joined(separator: ", "))
      },
    ]
  }

  /// The records that a tool wrote as CSV.
  ///
  /// - Returns: nil where it is no such text.
  static func read(_ csv: [UInt8]) -> [PlanRecord]? {
    guard let lines = CSVReader.read(csv), lines.first == columns.map(\.name) else { return nil }
    var records: [PlanRecord] = []
    for line in lines.dropFirst() {
      guard line.count == columns.count else { return nil }
      records.append(PlanRecord(fields: line))
    }
    return records
  }

  private init(fields: [String]) {
    tool = fields[0]
    hooks = fields[1]
    works = fields[2] == "true"
    programs = fields[3].split(separator: " ").map(String.init)
    let cure =
      fields[5].isEmpty ? nil : Cure(fields[5], command: fields[6].isEmpty ? nil : fields[6])
    obstacle = fields[4].isEmpty ? nil : Obstacle(fields[4], cure: cure)
  }
}
