import BPFObjects
import TraceKit

@main
struct Opensnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "opensnoop", "Trace file opens.",
    examples: [
      ("opensnoop", "trace all opens"),
      ("opensnoop -T", "with a time column"),
      ("opensnoop -x", "failed opens only"),
      ("opensnoop -p 181", "process 181 only"),
      ("opensnoop -u www-data", "one user only"),
      ("opensnoop -d 10", "for 10 seconds"),
      ("opensnoop -n main", "commands whose name contains main"),
      ("opensnoop -eF", "with flags, mode and full paths"),
      ("opensnoop -f O_CREAT", "opens that may create a file"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let uid: Character? = "u"
    static let name: Character? = "n"
    static let duration: Character? = "d"
    static let bufferSize: Character? = "b"
  }

  @Flag(name: [.customShort("T"), .long], help: "Print a time column (HH:MM:SS).")
  var timestamp = false

  @Flag(name: [.customShort("U"), .long], help: "Print a UID column.")
  var printUid = false

  @Flag(name: [.customShort("x"), .long], help: "Show failed opens only.")
  var failed = false

  @Flag(
    name: [.customShort("e"), .customLong("extended-fields"), .customLong("extended_fields")],
    help: "Print the flags and the mode of each open.")
  var extendedFields = false

  @Flag(name: [.customShort("F"), .long], help: "Print full paths, as the opener sees them.")
  var fullPath = false

  @Option(
    name: [.customShort("f"), .customLong("flag-filter"), .customLong("flag_filter")],
    help: "Show opens with this flag, such as O_WRONLY; may be repeated.")
  var flagFilter: [OpenFlag] = []

  @Option(help: "Run this shell command and trace it and its descendants.")
  var exec: String?

  @OptionGroup var stream: StreamOptions<Letters>

  var commandLine: [String]? { exec.map { ["/bin/sh", "-c", $0] } ?? common.commandLine }

  static let recordType = "open"
  static var image: ObjectImage { ObjectImage(opensnoop_image()) }

  var plans: [HookPlan] {
    let requests = ["submit_req", "submit_sqe", "complete"]
    return [HookPlan(.fentry, ["do_sys_openat2_exit"], optional: requests)]
      + HookPlan.systemCallExits(
        of: ["openat", "open", "openat2", "creat"], optional: requests, needsTypes: fullPath)
  }

  func wireConfiguration() -> opensnoop_config {
    var config = opensnoop_config()
    config.failed_only = failed ? 1 : 0
    config.full_path = fullPath ? 1 : 0
    config.flag_filter = flagFilter.reduce(0) { $0 | $1.bits }
    return config
  }

  mutating func takeReplayFilter() -> ((borrowing Record<opensnoop_event>) -> Bool)? {
    guard failed || !flagFilter.isEmpty else { return nil }
    let (onlyFailed, flags) = (failed, flagFilter.reduce(0) { $0 | UInt64($1.bits) })
    (failed, flagFilter) = (false, [])
    return {
      let event = $0.event
      return (!onlyFailed || event.result < 0) && (flags == 0 || event.flags & flags != 0)
    }
  }

  var columns: [Column<Record<opensnoop_event>>] {
    [
      .time(presence: .when(timestamp)),
      .uid(width: 7, presence: .when(printUid)),
      .pid(),
      .comm(),
      Column("fd", "FD", width: 3, alignment: .right) { $1.integer(max($0.event.result, -1)) },
      Column("err", "ERR", width: 3, alignment: .right, role: .key) {
        $1.integer(max(0 &- $0.event.result, 0))
      },
      Column("flags", "FLAGS", width: 8, presence: .when(extendedFields)) {
        $1.octal($0.event.flags, digits: 8)
      },
      Column("mode", "MODE", width: 4, presence: .when(extendedFields)) {
        $1.octal(UInt64($0.event.mode), digits: 4)
      },
    ] + Column.identity() + Column.path() + [
      Column("io_uring", "URING", width: 5, presence: .hidden) {
        $1.bool($0.event.by_io_uring != 0)
      }
    ]
  }
}

extension opensnoop_config: @retroactive ConfigurationLayout {}
extension opensnoop_event: @retroactive PathLayout {}
