import BPFObjects
import TraceKit

@main
struct Capable: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "capable", "Trace capability checks and their results.",
    examples: [
      ("capable", "trace all checks"),
      ("capable -p 185", "process 185 only"),
      ("capable -c /sys/fs/cgroup/a", "this cgroup only"),
      ("capable -x", "with TID and INSETID"),
      ("capable -u pid", "each check once per process"),
      ("capable --denied", "denied checks only"),
      ("capable -KU --denied", "with the stacks of denied checks"),
      ("capable --cap net_admin", "this capability only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
  }

  /// What a check is shown only once for.
  enum Uniqueness: String, NamedValue {
    case off, pid, cgroup
  }

  @Flag(
    name: [.customShort("x"), .customLong("extra-fields"), .customLong("extra")],
    help: "Print the columns TID and INSETID.")
  var extraFields = false

  @Option(
    name: .shortAndLong,
    help: "Show each check only once per pid or cgroup, or off.")
  var unique = Uniqueness.off

  @Option(
    parsing: .unconditional,
    help: "Trace these capabilities only, by name or number, separated by commas.",
    completion: .capabilities, transform: CapabilityNames.mask)
  var cap: UInt64?

  @Flag(help: "Show denied checks only.")
  var denied = false

  @Flag(help: "Show only checks whose denial is audited.")
  var audited = false

  @OptionGroup var stacks: EventStackOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "check"
  static var image: ObjectImage { ObjectImage(capable_image()) }

  var plans: [HookPlan] {
    let entry = HookPlan(.fentry, ["check_ends"])
    let probes = HookPlan(.kprobe, ["check_kprobe", "check_kretprobe"])
    let function = [entry, probes]
    let tracepoint = [
      HookPlan(.typedTracepoint, ["check"]), HookPlan(.rawTracepoint, ["check_raw"]),
    ]
    // Only the function passes the options of a check; the tracepoint misses no check
    // where the compiler has put a copy of the function into its callers.
    if audited { return function }
    return extraFields ? function + tracepoint : tracepoint + function
  }

  func wireConfiguration() -> capable_config {
    var config = capable_config()
    config.capabilities = cap ?? .max
    config.own = .current
    config.unique =
      switch unique {
      case .off: 0
      case .pid: UInt32(CAPABLE_UNIQUE_PID)
      case .cgroup: UInt32(CAPABLE_UNIQUE_CGROUP)
      }
    config.stacks = stacks.wire()
    // Symbols are read by a child. Where there is a command, nothing else is traced.
    let readsSymbols = config.stacks.kernel + config.stacks.user > 0
    config.skips_children = commandLine == nil && readsSymbols ? 1 : 0
    config.denied_only = denied ? 1 : 0
    config.audited_only = audited ? 1 : 0
    return config
  }

  var eventStacks: EventStackOptions? { stacks }

  var columns: [Column<Record<capable_event>>] {
    [
      .time(presence: .shown),
      .elapsed(width: 8, decimals: 3, presence: .hidden),
      .uid(width: 5, presence: .shown),
      .pid(width: 7),
      .tid(width: 7, presence: .when(extraFields)),
      .comm(),
      Column("cap", "CAP", width: 7) { $1.integer($0.event.capability) },
      Column("name", "NAME", width: 20, role: .key) {
        $1.textOrNone(CapabilityNames.name(of: $0.event.capability))
      },
      Column("audit", "AUDIT", width: 7) { $1.option($0.event, CAPABLE_OPTION_NO_AUDIT, clear: 1) },
      Column("verdict", "VERDICT", width: 7, role: .key) {
        if $0.event.result == 0 { $1.literal("allow") } else { $1.literal("deny") }
      },
      Column("insetid", "INSETID", width: 7, presence: .when(extraFields)) {
        $1.option($0.event, CAPABLE_OPTION_IN_SET_ID, clear: 0)
      },
      Column("userns", "USERNS", width: 10, presence: .hidden) { $1.integer($0.event.userns) },
    ] + Column.identity(except: ["tid"]) + stacks.columns(tool: Self.name) { $0.stacks }
  }
}

extension Cell {
  /// 0 or 1, or nothing where the hook does not pass the options.
  fileprivate func option(_ event: capable_event, _ bit: Int32, clear: UInt32) {
    guard event.options & CAPABLE_OPTIONS_KNOWN != 0 else { return none() }
    integer(event.options & UInt32(bit) == 0 ? clear : 1 - clear)
  }
}

extension capable_config: @retroactive ConfigurationLayout {}
extension capable_event: @retroactive EventLayout {}
