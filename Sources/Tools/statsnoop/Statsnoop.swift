import BPFObjects
import TraceKit

@main
struct Statsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "statsnoop", "Trace requests for attributes of files and file systems.",
    examples: [
      ("statsnoop", "trace all of them"),
      ("statsnoop -t", "with the seconds since the start"),
      ("statsnoop -x", "failed ones only"),
      ("statsnoop -s", "with the name of the system call"),
      ("statsnoop -p 1216", "process 1216 only"),
      ("statsnoop -F", "with full paths"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Flag(name: [.customShort("x"), .long], help: "Show failed calls only.")
  var failed = false

  @Flag(name: .shortAndLong, help: "Print the name of the system call.")
  var sysname = false

  @Flag(name: [.customShort("F"), .long], help: "Print full paths, as the caller sees them.")
  var fullPath = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "stat"
  static var image: ObjectImage { ObjectImage(statsnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.systemCallExits(
      of: ["newfstatat", "statx", "stat", "lstat", "fstat", "statfs", "fstatfs"],
      needsTypes: fullPath)
  }

  func wireConfiguration() -> statsnoop_config {
    var config = statsnoop_config()
    config.failed_only = failed ? 1 : 0
    config.full_path = fullPath ? 1 : 0
    return config
  }

  var columns: [Column<Record<statsnoop_event>>] {
    [
      .time(presence: .hidden),
      .elapsed(width: 14, decimals: 9, presence: .when(timestamp)),
      .uid(width: 7, presence: .hidden),
      .pid(width: 7),
      .comm(width: 20),
    ] + Column.outcome() + [
      .systemCall("syscall", "SYSCALL", width: 10, presence: .when(sysname))
    ] + Column.identity() + Column.path()
  }
}

extension statsnoop_config: @retroactive ConfigurationLayout {}
extension statsnoop_event: @retroactive PathLayout, @retroactive SystemCallLayout {}
