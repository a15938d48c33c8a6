import BPFObjects
import TraceKit

@main
struct Ucalls: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "ucalls", "Count calls of methods in Java, Perl, PHP, Python, Ruby and Tcl.",
    examples: [
      ("ucalls 185", "process 185, whatever its language"),
      ("ucalls -l ruby 185 5", "as those of Ruby, every 5 seconds"),
      ("ucalls -L -T 10 185", "the 10 methods that take longest, with the time"),
      ("ucalls -S 185", "system calls too"),
      ("ucalls -l none -SLm 185", "system calls only, in milliseconds"),
      ("ucalls -l java", "all Java processes"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Print the most frequent or longest methods only, this many.", transform: Parse.count)
  var top: Int?

  @Flag(name: [.customShort("L"), .long], help: "Measure latency, and sort by it.")
  var latency = false

  @Flag(name: [.customShort("S"), .long], help: "Count system calls too.")
  var syscalls = false

  @Flag(
    name: .shortAndLong, help: "Print latency in milliseconds instead of microseconds.")
  var milliseconds = false

  @OptionGroup var summary: LanguageSummaryOptions<Letters>

  private static let known = Language.all(with: .methodBegin) + [.c]

  func validate() throws {
    try summary.check(among: Self.known)
    guard !summary.run.onlyAnswers else { return }
    if syscalls, summary.filter.pid == nil, summary.run.commandLine == nil {
      throw ValidationError("--syscalls: a process or a command is missing.")
    }
    if summary.language == .c, !syscalls {
      throw ValidationError("--language none needs --syscalls.")
    }
  }

  static let subject = "calls"
  static var image: ObjectImage { ObjectImage(ucalls_image()) }
  var recordType: String { "method" }

  var heading: SummaryHeading { summary.seconds == nil ? .columns : .columnsApart }

  var plans: [HookPlan] {
    get throws {
      let system = HookPlan.everySystemCall(entries: latency)
      if try summary.chosen(among: Self.known) == [.c] {
        guard syscalls else {
          throw ToolError(
            .unavailable,
            "programs in C have no probes of calls: count system calls with --syscalls")
        }
        return system
      }
      let plan = try summary.plan(
        [(.methodBegin, "method_begins")] + (latency ? [(.methodEnd, "method_ends")] : []),
        among: Self.known, tool: Self.name)
      return syscalls ? system.map(plan.beside) : [plan]
    }
  }

  func wireConfiguration() -> ucalls_config {
    var config = ucalls_config()
    config.language = .current
    config.latency = latency ? 1 : 0
    return config
  }

  func source(_ session: Session) throws(BPFError) -> TotalsSummary<ucalls_key, tally> {
    try TotalsSummary(
      session, by: latency ? { $0.total_ns } : nil, limit: top ?? .max, greatestLast: true
    ) { $0.count }
  }

  var columns: [Column<SummaryTotals<ucalls_key, tally>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("method", "METHOD", width: 50, role: .key) { row, cell in
        row.key.name.withUnsafeBytes { cell.text($0) }
      },
      Column("class", "CLASS", width: 20, presence: .hidden) { row, cell in
        row.key.is_syscall == 0 ? cell.text(cString: row.key.class) : cell.none()
      },
      Column("kind", "KIND", width: 7, presence: .hidden, role: .key) {
        $0.key.is_syscall == 0 ? $1.literal("method") : $1.literal("syscall")
      },
      Column("calls", "# CALLS", width: 8, alignment: .right, role: .total) {
        $1.integer($0.count)
      },
    ]
      + (latency
        ? .durations(inMilliseconds: milliseconds) { ($0.totals.total_ns, $0.count) } : [])
  }
}

extension ucalls_key {
  /// A method with its class or file, or a system call.
  fileprivate var name: [UInt8] {
    is_syscall == 0
      ? Method.name(method, of: self.class)
      : Array((SystemCalls.name(of: number) ?? "[\(number)]").utf8)
  }
}

extension ucalls_config: @retroactive ConfigurationLayout {}
