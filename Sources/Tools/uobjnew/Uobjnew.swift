import BPFObjects
import TraceKit

@main
struct Uobjnew: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "uobjnew", "Count objects that programs in Java, Ruby, Tcl and C make, by type.",
    examples: [
      ("uobjnew 185", "process 185, whatever its language"),
      ("uobjnew -l java 185 5", "as those of Java, every 5 seconds"),
      ("uobjnew -l c 185", "memory of malloc, by size"),
      ("uobjnew -C 10 185", "the 10 types of which there are most"),
      ("uobjnew -S 10 185", "the 10 types that take most bytes"),
      ("uobjnew -l ruby", "all Ruby processes"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(
    name: [.customShort("C"), .long], parsing: .unconditional,
    help: "Print only this many types, those with most objects, and sort by their number.",
    transform: Parse.count)
  var topCount: Int?

  @Option(
    name: [.customShort("S"), .long], parsing: .unconditional,
    help: "Print only this many types, those with most bytes.", transform: Parse.count)
  var topSize: Int?

  @OptionGroup var summary: LanguageSummaryOptions<Letters>

  private static let known = Language.all(with: .object) + [.c]

  func validate() throws {
    try summary.check(among: Self.known)
    if topCount != nil, topSize != nil {
      throw ValidationError("--top-count and --top-size cannot be combined.")
    }
  }

  static let subject = "objects"
  static var image: ObjectImage { ObjectImage(uobjnew_image()) }
  var recordType: String { "type" }

  var heading: SummaryHeading { summary.seconds == nil ? .columns : .columnsApart }

  private static let function = "malloc"

  var plans: [HookPlan] {
    get throws {
      let isOfMemory = try summary.chosen(among: Self.known) == [.c]
      if isOfMemory { try checkMemory() }
      return [
        try summary.plan(
          [(.object, "object_made")], among: Self.known, and: isOfMemory ? [Self.function] : [],
          (
            ["memory_allocated"],
            { file in
              file.names.contains(Self.function)
                ? [.init("memory_allocated", at: Self.function)] : []
            }
          ), tool: Self.name)
      ]
    }
  }

  /// A probe that every process passes all the time would slow the whole machine.
  private func checkMemory() throws {
    let (filter, command) = (summary.filter, summary.run.commandLine)
    if summary.run.onlyAnswers, filter.pid == nil { filter.pid = [OwnProcess.id] }
    if filter.onlyProcess(command: command) == nil {
      throw ToolError(.usage, "--language c needs one process, of which malloc is probed")
    }
  }

  func wireConfiguration() -> uobjnew_config {
    var config = uobjnew_config()
    config.language = .current
    return config
  }

  func source(_ session: Session) throws(BPFError) -> TotalsSummary<uobjnew_key, uobjnew_totals> {
    try TotalsSummary(
      session, by: topCount == nil ? { $0.bytes } : nil, limit: topCount ?? topSize ?? .max,
      greatestLast: true
    ) { $0.count }
  }

  var columns: [Column<SummaryTotals<uobjnew_key, uobjnew_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("name", "NAME/TYPE", width: 30) { row, cell in
        guard row.key.type.0 == 0 else { return cell.text(cString: row.key.type) }
        guard !row.key.isMemory else { return cell.text("block size \(row.key.size)") }
        cell.text(row.key.probe.map(\.label).flatMap { $0.isEmpty ? nil : $0 } ?? "<ALL>")
      },
      Column("size", "SIZE", width: 8, alignment: .right, presence: .hidden) {
        $0.key.isMemory ? $1.integer($0.key.size) : $1.none()
      },
      Column("allocations", "# ALLOCS", width: 8, alignment: .right, role: .total) {
        $1.integer($0.count)
      },
      Column("bytes", "# BYTES", width: 12, alignment: .right, role: .total) {
        let isTold = $0.totals.bytes > 0 || $0.key.isMemory || $0.key.isString
        isTold ? $1.integer($0.totals.bytes) : $1.none()
      },
    ]
  }
}

extension uobjnew_key {
  fileprivate var isMemory: Bool { kind == UOBJNEW_MEMORY }

  /// An object without bytes is one of which they are not known, but for an empty text.
  fileprivate var isString: Bool { probe.map { !$0.numbers.isEmpty && !$0.label.isEmpty } ?? false }

  fileprivate var probe: LanguageProbe? {
    LanguageProbe(language: language, .object, kind: kind)
  }
}

extension uobjnew_config: @retroactive ConfigurationLayout {}
