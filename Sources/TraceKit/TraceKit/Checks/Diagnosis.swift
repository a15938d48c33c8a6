/// What the executables of a collection say of their plans on this host.
public struct Diagnosis: Sendable {
  /// A tool, and what became of its plans.
  public struct Tool: Equatable, Sendable {
    public let name: String
    public let plans: [PlanRecord]
    /// Why it said nothing; nil where it did.
    public let silence: Obstacle?

    /// The plan that it uses: the first that works.
    var taken: PlanRecord? { plans.first(where: \.works) }

    /// Why it does not run; nil where it does.
    var obstacle: Obstacle? {
      guard taken == nil else { return nil }
      if let silence { return silence }
      let obstacles = Set(plans.compactMap(\.obstacle))
      if obstacles.count == 1 { return obstacles.first }
      return Obstacle(refusals, cure: commonestCure)
    }

    /// What would cure most of the plans: the first of those that cure as many.
    private var commonestCure: Cure? {
      let cures = plans.compactMap(\.obstacle?.cure)
      let counts = cures.map { cure in cures.count { $0 == cure } }
      return counts.max().flatMap { counts.firstIndex(of: $0) }.map { cures[$0] }
    }

    /// What a person reads beside it.
    var note: String { obstacle?.reason ?? refusals }

    /// The plans that do not work, those with the same reason together.
    private var refusals: String {
      var groups: [(reason: String, hooks: [String])] = []
      for plan in plans {
        guard let reason = plan.obstacle?.reason else { continue }
        if let index = groups.firstIndex(where: { $0.reason == reason }) {
          groups[index].hooks.append(plan.hooks)
        } else {
          groups.append((reason, [plan.hooks]))
        }
      }
      return groups.map { "not by \($0.hooks.joined(separator: ", ")): \($0.reason)" }
        .joined(separator: "; ")
    }
  }

  public var facts: [HostFact]
  public var tools: [Tool]
  /// What tools have left in the kernel.
  public var pins: [PinRow]

  public init(facts: [HostFact], tools: [Tool], pins: [PinRow] = []) {
    self.facts = facts
    self.tools = tools
    self.pins = pins
  }

  /// Whether all tools run.
  public var isHealthy: Bool { tools.allSatisfy { $0.taken != nil } }

  /// Each cure once, with the tools that it would help, or where it helps none
  /// with what it would change.
  private var cures: [CureRow] {
    var rows: [CureRow] = []
    func add(_ cure: Cure?, for subject: String) {
      guard let cure else { return }
      if let index = rows.firstIndex(where: { $0.cure == cure }) {
        if !rows[index].subjects.contains(subject) { rows[index].subjects.append(subject) }
      } else {
        rows.append(CureRow(cure: cure, subjects: [subject]))
      }
    }
    for tool in tools {
      add(tool.silence?.cure, for: tool.name)
      for plan in tool.plans { add(plan.obstacle?.cure, for: tool.name) }
    }
    for index in rows.indices where tools.count > 1 && rows[index].subjects.count == tools.count {
      rows[index].subjects = ["all tools"]
    }
    let needed = rows.map(\.cure)
    for fact in facts {
      guard let cure = fact.restriction?.cure, !needed.contains(cure) else { continue }
      add(cure, for: fact.name)
    }
    return rows
  }
}

extension Diagnosis.Tool {
  /// What a tool answered when it was asked to check its plans.
  ///
  /// - Parameters:
  ///   - name: the tool.
  ///   - answer: its standard output, CSV.
  ///   - errors: its standard error.
  ///   - status: as a shell reports it.
  public init(_ name: String, answer: [UInt8], errors: String, status: Int32) {
    self.name = name
    let records = PlanRecord.read(answer) ?? []
    plans = records
    guard records.isEmpty else {
      silence = nil
      return
    }
    let words = errors.split(separator: "\n").last.map { ": \($0)" } ?? ""
    silence = Obstacle("it exited with status \(status)\(words)")
  }

  /// A tool that could not be started.
  public init(_ name: String, missing obstacle: Obstacle) {
    self.name = name
    plans = []
    silence = obstacle
  }
}

private struct CureRow: Sendable {
  let cure: Cure
  var subjects: [String]

  static let columns: [Column<CureRow>] = [
    Column("for", "FOR", width: 25) { $1.text($0.subjects.joined(separator: ", ")) },
    Column("cure", "CURE", width: 0) { $1.text($0.cure.description) },
  ]
}

extension Diagnosis {
  private static let toolColumns: [Column<Tool>] =
    [
      Column("tool", "TOOL", width: 12) { $1.text($0.name) },
      Column("runs", "RUNS", width: 4) { $1.answer($0.taken != nil) },
      Column("hooks", "HOOKS", width: 12) { $1.text(optional: $0.taken?.hooks) },
    ] + Column.obstacle { $0.obstacle }

  private static let toolTableColumns: [Column<Tool>] =
    toolColumns.prefix(3) + [
      Column("note", "NOTE", width: 0) { $1.text($0.note) }
    ]

  /// Prints all of it as a table or as JSON; CSV has the tools only.
  public func print(as format: OutputFormat, to output: Output) throws {
    let clock = EventClock()
    func write<Row>(_ type: String, _ rows: [Row], _ columns: [Column<Row>]) {
      let printer = RowPrinter(
        type: type, columns: columns, format: format, timeFormat: .local, clock: clock,
        out: output.buffer)
      printer.header()
      for row in rows { printer.print(row) }
    }
    switch format {
    case .table:
      write("host", facts, HostFact.tableColumns)
      output.buffer.append("\n")
      write("tool", tools, Self.toolTableColumns)
      if !cures.isEmpty {
        output.buffer.append("\n")
        write("cure", cures, CureRow.columns)
      }
      if !pins.isEmpty {
        output.buffer.append("\n")
        write("pin", pins, PinRow.columns)
      }
    case .json:
      write("host", facts, HostFact.columns)
      for tool in tools {
        write("tool", [tool], Self.toolColumns)
        write("plan", tool.plans, PlanRecord.columns)
      }
      for pin in pins {
        write("pin", [pin], PinRow.columns)
        write("pinned_program", pin.programs, PinRow.programColumns)
      }
    case .csv: write("tool", tools, Self.toolColumns)
    }
    try output.flushIfRead()
  }
}
