import BPFObjects
import TraceKit

@main
struct Lsmsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "lsmsnoop", "Trace decisions of security modules, with their verdicts.",
    examples: [
      ("lsmsnoop", "trace all decisions"),
      ("lsmsnoop -x", "denied requests only"),
      ("lsmsnoop -k exec,module", "programs that are run, and modules of the kernel"),
      ("lsmsnoop -x -p 181", "what process 181 is denied"),
      ("lsmsnoop -x --container web", "what a container is denied"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: [.customShort("x"), .long], help: "Show denied requests only.")
  var denied = false

  @Option(
    name: .shortAndLong,
    help: """
      Trace these kinds of decisions only, separated by commas: exec, open, mount, ptrace, \
      module, bpf, capability.
      """,
    transform: Parse.names)
  var kinds: Set<DecisionKind> = Set(DecisionKind.allCases)

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "decision"
  static var image: ObjectImage { ObjectImage(lsmsnoop_image()) }

  var plans: [HookPlan] {
    let kinds = DecisionKind.allCases.filter(self.kinds.contains)
    let functions = HookPlan(
      .fentry, kinds.flatMap(\.functions), optional: kinds.flatMap(\.newerFunctions))
    let calls = kinds.flatMap(\.calls)
    let checks = kinds.contains(.capability) ? ["capability"] : []
    let others =
      calls.isEmpty
      ? [HookPlan(.rawTracepoint, checks)]
      : HookPlan.systemCallExits(of: calls, optional: checks, needsTypes: true)
    return [functions]
      + others.map {
        $0.withCaveat(
          "the kernel's security hooks cannot be traced here: shown are system calls that "
            + "succeed or fail with EACCES or EPERM, whatever refuses them")
      }
  }

  func wireConfiguration() -> lsmsnoop_config {
    var config = lsmsnoop_config()
    config.kinds = kinds.reduce(0) { $0 | 1 << $1.number }
    config.denied_only = denied ? 1 : 0
    config.own = .current
    return config
  }

  var columns: [Column<Record<lsmsnoop_event>>] {
    let commands = BPFCommands(typesFile: stream.run.typesFile)
    return [
      .time(presence: .shown),
      .uid(width: 5, presence: .shown),
      .pid(width: 7),
      .comm(),
      Column("kind", "KIND", width: 10, role: .key) {
        $1.textOrNone(DecisionKind($0.event)?.rawValue)
      },
      Column("verdict", "VERDICT", width: 7, role: .key) {
        if $0.event.result == 0 { $1.literal("allow") } else { $1.literal("deny") }
      },
      Column("err", "ERR", width: 4, presence: .hidden, role: .key) {
        $1.integer(max(0 &- $0.event.result, 0))
      },
      Column("operation", "OPERATION", width: 12, presence: .hidden, role: .key) {
        $1.text($0.event.operationName)
      },
      Column("syscall", "SYSCALL", width: 17, presence: .hidden, role: .key) {
        let number = $0.event.number
        $1.textOrNone(number == 0 ? nil : SystemCalls.name(of: number))
      },
      Column("detail", "DETAIL", width: 8, presence: .hidden) { $1.integer($0.event.detail) },
      Column("target_pid", "TARGET", width: 7, presence: .hidden) {
        $1.integerOrNone($0.event.target_pid == 0 ? nil : $0.event.target_pid)
      },
      Column("target_comm", "TARGET-COMM", width: 16, presence: .hidden) {
        if $0.event.target_comm.0 == 0 { $1.none() } else { $1.text(cString: $0.event.target_comm) }
      },
    ] + Column.identity() + [
      Column("object", "OBJECT", width: 0) { $1.object(of: $0, commands: commands) },
      Column("truncated", "CUT", width: 3, presence: .hidden) {
        $1.bool($0.event.path.cut != 0)
      },
    ]
  }
}

extension Cell {
  /// What the decision is about: a file, a process, a command, a capability.
  fileprivate func object(of record: borrowing Record<lsmsnoop_event>, commands: BPFCommands) {
    let event = record.event
    switch DecisionKind(event) {
    case .capability: textOrNone(CapabilityNames.name(of: UInt32(clamping: event.detail)))
    case .bpf: textOrNone(commands.name(of: event.detail))
    case .ptrace: textOrNone(event.target_pid == 0 ? nil : "\(event.target_pid)")
    default:
      record.withTexts(event.path.size, event.path.base_size) {
        path($0, below: $1, isCut: event.path.cut != 0)
      }
    }
  }
}

extension lsmsnoop_config: @retroactive ConfigurationLayout {}
extension lsmsnoop_event: @retroactive PathLayout {}
