import BPFObjects
import TraceKit

@main
struct Exitsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "exitsnoop", "Trace processes that end, with their exit code or signal.",
    examples: [
      ("exitsnoop", "trace all processes"),
      ("exitsnoop -x", "only those that fail or are killed"),
      ("exitsnoop -t", "with the time of day"),
      ("exitsnoop -T", "each thread"),
      ("exitsnoop -p 181 --follow", "process 181 and its descendants"),
      ("exitsnoop -x -- make", "the failed commands of a build"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
  }

  @Flag(name: .shortAndLong, help: "Print a time column (HH:MM:SS).")
  var timestamp = false

  @Flag(
    name: [.customShort("x"), .long],
    help: "Show only what ends with a signal or an exit code other than 0.")
  var failed = false

  @Flag(
    name: [.customShort("T"), .customLong("threaded"), .customLong("per-thread")],
    help: "Show the end of each thread.")
  var threaded = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "exit"
  static var image: ObjectImage { ObjectImage(exitsnoop_image()) }

  var plans: [HookPlan] { HookPlan.tracepoints(["exit"]) }

  func wireConfiguration() -> exitsnoop_config {
    var config = exitsnoop_config()
    config.failed_only = failed ? 1 : 0
    config.threads = threaded ? 1 : 0
    return config
  }

  var columns: [Column<Record<exitsnoop_event>>] {
    [
      .time(presence: .when(timestamp)),
      .comm(header: "PCOMM"),
      .pid(width: 7),
      Column("ppid", "PPID", width: 7) { $1.integer($0.event.header.ppid) },
      .tid(width: 7, presence: .shown),
      Column("age_us", "AGE(s)", width: 7) { $1.seconds(nanoseconds: $0.event.age_ns) },
      .uid(width: 6, presence: .hidden),
    ] + Column.identity(except: ["ppid", "tid"]) + [
      Column("signal", "SIGNAL", width: 6, presence: .hidden) {
        let signal = $0.event.signal
        signal == 0 ? $1.none() : $1.integer(signal)
      },
      Column("signal_name", "SIGNAME", width: 9, presence: .hidden, role: .key) {
        $1.textOrNone(SignalNames.name(of: $0.event.signal))
      },
      Column("core_dumped", "CORE", width: 4, presence: .hidden) {
        $1.bool($0.event.hasDumpedCore)
      },
      Column("exit_code", "EXIT_CODE", width: 0) {
        let event = $0.event
        if event.signal == 0 {
          $1.integer(event.exitCode, table: event.exitCode == 0 ? "0" : "code \(event.exitCode)")
        } else {
          $1.none(words: event.signalWords)
        }
      },
    ]
  }
}

/// The parts of a status, as `WTERMSIG` and others take them from it.
extension exitsnoop_event {
  fileprivate var signal: UInt32 { status & 0x7f }
  fileprivate var exitCode: UInt32 { status >> 8 & 0xff }
  fileprivate var hasDumpedCore: Bool { status & 0x80 != 0 }

  fileprivate var signalWords: String {
    "signal \(signal) (\(SignalNames.description(of: signal)))"
      + (hasDumpedCore ? ", core dumped" : "")
  }
}

extension exitsnoop_config: @retroactive ConfigurationLayout {}
extension exitsnoop_event: @retroactive EventLayout {}
