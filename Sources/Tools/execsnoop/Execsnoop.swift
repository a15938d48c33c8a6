import BPFObjects
import TraceKit

@main
struct Execsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "execsnoop", "Trace new programs with their arguments.",
    examples: [
      ("execsnoop", "trace all new programs"),
      ("execsnoop -x", "include failed attempts"),
      ("execsnoop -T", "with the time of day"),
      ("execsnoop -t", "with the seconds since the start"),
      ("execsnoop -U", "with the user"),
      ("execsnoop -u 1000", "one user only"),
      ("execsnoop -q", "with quotation marks around arguments"),
      ("execsnoop -n main", "commands whose name contains main"),
      ("execsnoop -l tpkg", "command lines that contain tpkg"),
      ("execsnoop -P 181", "children of process 181 only"),
    ])

  enum Letters: OptionLetters {
    static let uid: Character? = "u"
    static let name: Character? = "n"
    static let cgroup: Character? = "c"
  }

  @Flag(name: [.customShort("T"), .long], help: "Print a time column (HH:MM:SS).")
  var time = false

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Flag(name: [.customShort("x"), .long], help: "Include failed attempts.")
  var fails = false

  @Flag(name: .shortAndLong, help: "Put quotation marks around each argument.")
  var quote = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Show command lines that contain this.")
  var line: String?

  @Flag(name: [.customShort("U"), .long], help: "Print a UID column.")
  var printUid = false

  @Flag(name: [.customShort("C"), .long], help: "Print a CPU column.")
  var printCpu = false

  @Flag(name: [.customShort("M"), .long], help: "Print the parent's command.")
  var printPcomm = false

  @Option(
    name: [.customShort("P"), .long], parsing: .unconditional,
    help: "Trace children of this process only.", completion: .process,
    transform: Parse.pid)
  var ppid: UInt32?

  @Option(
    parsing: .unconditional, help: "Show at most this many arguments, up to 128.",
    transform: { try Parse.integer($0, "a number of arguments", in: 1...128) })
  var maxArgs: UInt32 = 60

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "exec"
  static var image: ObjectImage { ObjectImage(execsnoop_image()) }

  var plans: [HookPlan] {
    guard fails else {
      return [
        HookPlan(.typedTracepoint, ["process_exec"]),
        HookPlan(.rawTracepoint, ["process_exec_raw"]),
      ]
    }
    // A classic tracepoint costs only the calls that it is for.
    return [
      .systemCallExits(["process_exec", "execve_exit", "execveat_exit"]),
      HookPlan(.typedTracepoint, ["process_exec", "any_syscall_exit"]),
    ]
  }

  func wireConfiguration() -> execsnoop_config {
    var config = execsnoop_config()
    config.ppid = ppid ?? 0
    config.max_args = maxArgs
    return config
  }

  func accepts(_ record: borrowing Record<execsnoop_event>) -> Bool {
    guard let line else { return true }
    return ExecArguments.text(record, limit: Int(maxArgs)).contains(line.utf8)
  }

  mutating func takeReplayFilter() -> ((borrowing Record<execsnoop_event>) -> Bool)? {
    guard let ppid else { return nil }
    self.ppid = nil
    return { $0.event.header.ppid == ppid }
  }

  var columns: [Column<Record<execsnoop_event>>] {
    let limit = Int(maxArgs)
    let quote = quote
    return [
      .time(presence: .when(time)),
      .elapsed(width: 8, decimals: 3, presence: .when(timestamp)),
      .uid(width: 6, presence: .when(printUid)),
      .cpu(presence: .when(printCpu)),
      Column("parent_comm", "PARENT", width: 16, presence: .when(printPcomm)) {
        $1.text(cString: $0.event.parent_comm)
      },
      .comm(header: "PCOMM"),
      .pid(),
      Column("ppid", "PPID", width: 6) { $1.integer($0.event.header.ppid) },
      Column("ret", "RET", width: 3, alignment: .right) { $1.integer($0.event.result) },
    ] + Column.identity(except: ["ppid", "cpu"]) + [
      Column("truncated", "CUT", width: 3, presence: .hidden) {
        $1.bool(ExecArguments.isCut($0, limit: limit))
      },
      Column("args", "ARGS", width: 0) { record, cell in
        ExecArguments.with(record, limit: limit) { arguments, isCut in
          cell.list(arguments, isCut: isCut, isQuoted: quote)
        }
      },
    ]
  }
}

extension execsnoop_config: @retroactive ConfigurationLayout {}
extension execsnoop_event: @retroactive EventLayout {}
