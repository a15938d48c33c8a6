import BPFObjects
import TraceKit

@main
struct Sigsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "sigsnoop", "Trace signals, or the system calls that send them.",
    examples: [
      ("sigsnoop", "trace all signals"),
      ("sigsnoop -n -s KILL,TERM", "two signals, with their names"),
      ("sigsnoop -T 1216", "signals to process 1216"),
      ("sigsnoop -p 1216", "those that process 1216 sends"),
      ("sigsnoop -k", "calls of kill and others, also those that fail"),
      ("killsnoop", "the same"),
      ("killsnoop -x", "failed calls only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: [.customShort("x"), .long], help: "Show only what fails or is not queued.")
  var failed = false

  @Flag(
    name: [.customShort("k"), .long],
    help: "Trace the system calls that send signals.")
  var kill = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Show these signals only, by name or number, separated by commas.",
    completion: .signals, transform: SignalNames.numbers)
  var signal: [UInt32]?

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Show signals to this process only.", completion: .process, transform: Parse.pid)
  var tpid: UInt32?

  @Flag(
    name: [.customShort("n"), .customLong("signal-name")],
    help: "Print the names of signals.")
  var signalName = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "signal"
  static var image: ObjectImage { ObjectImage(sigsnoop_image()) }

  var plans: [HookPlan] {
    guard kill else { return HookPlan.tracepoints(["signal"]) }
    return HookPlan.systemCallExits(
      of: [
        "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal",
      ],
      optional: ["raw_tp_target"])
  }

  func wireConfiguration() -> sigsnoop_config {
    var config = sigsnoop_config()
    config.failed_only = failed ? 1 : 0
    config.target = tpid ?? 0
    for signal in signal ?? [] {
      if signal == 0 { config.null_signal = 1 } else { config.signals |= 1 << (signal - 1) }
    }
    return config
  }

  var columns: [Column<Record<sigsnoop_event>>] {
    let isNamed = signalName
    return [
      .time(presence: .shown),
      .pid(width: 7),
      .comm(),
      Column("signal", "SIG", width: 9) {
        let signal = $0.event.signal
        $1.integer(signal, table: isNamed ? SignalNames.name(of: signal) : nil)
      },
      Column("tpid", "TPID", width: 7) {
        $0.event.has(SIGSNOOP_HAS_TARGET) ? $1.integer($0.event.target_pid) : $1.none()
      },
      Column("tcomm", "TCOMM", width: 16) {
        let comm = $0.event.target_comm
        comm.0 == 0 ? $1.none() : $1.text(cString: comm)
      },
      Column("result", "RESULT", width: 6) { $1.integer($0.event.result) },
      Column("outcome", "OUTCOME", width: 9, presence: .hidden, role: .key) {
        let event = $0.event
        if event.has(SIGSNOOP_IS_CALL), event.result < 0 {
          $1.error(Int32(clamping: 0 &- event.result))
        } else {
          $1.literal(event.outcome)
        }
      },
      Column("signal_name", "SIGNAME", width: 11, presence: .hidden, role: .key) {
        $1.textOrNone(SignalNames.name(of: $0.event.signal))
      },
      Column("ttid", "TTID", width: 7, presence: .hidden) {
        let tid = $0.event.target_tid
        tid == 0 ? $1.none() : $1.integer(tid)
      },
      Column("code", "CODE", width: 4, presence: .hidden) {
        $0.event.has(SIGSNOOP_HAS_CODE) ? $1.integer($0.event.code) : $1.none()
      },
      Column("call", "CALL", width: 17, presence: .hidden, role: .key) {
        let event = $0.event
        $1.textOrNone(
          event.has(SIGSNOOP_IS_CALL)
            ? SystemCalls.name(of: event.number) ?? "[\(event.number)]" : nil)
      },
      .uid(width: 6, presence: .hidden),
    ] + Column.identity()
  }
}

extension sigsnoop_event {
  fileprivate func has(_ flag: Int32) -> Bool { flags & UInt32(flag) != 0 }

  /// What became of a signal, by the kernel's number (trace/events/signal.h).
  fileprivate var outcome: StaticString {
    switch result {
    case 0: "sent"
    case 1: "ignored"
    case 2: "pending"
    case 3: "overflow"
    default: "no siginfo"
    }
  }
}

extension sigsnoop_config: @retroactive ConfigurationLayout {}
extension sigsnoop_event: @retroactive EventLayout {}
