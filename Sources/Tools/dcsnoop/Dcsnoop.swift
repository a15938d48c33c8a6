import BPFObjects
import TraceKit

@main
struct Dcsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "dcsnoop", "Trace lookups of names that the dentry cache does not have.",
    examples: [
      ("dcsnoop", "trace failed lookups"),
      ("dcsnoop -a", "trace all lookups"),
      ("dcsnoop -p 181", "process 181 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: .shortAndLong, help: "Trace all lookups.")
  var all = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "lookup"
  static var image: ObjectImage { ObjectImage(dcsnoop_image()) }

  var plans: [HookPlan] { [.dentryLookups] }

  func wireConfiguration() -> dcsnoop_config {
    var config = dcsnoop_config()
    config.all = all ? 1 : 0
    return config
  }

  var columns: [Column<Record<dcsnoop_event>>] {
    [
      .time(presence: .hidden),
      .elapsed(width: 11, decimals: 6, presence: .shown),
      .uid(width: 7, presence: .hidden),
      .pid(width: 7),
      .comm(),
      Column("kind", "T", width: 1, role: .key) {
        $0.event.is_miss != 0
          ? $1.literal("miss", table: "M") : $1.literal("reference", table: "R")
      },
    ] + Column.identity() + [
      Column("file", "FILE", width: 0) { record, cell in
        record.withTail(count: Int(record.event.size)) { cell.text($0.upToNUL) }
      }
    ]
  }
}

extension dcsnoop_config: @retroactive ConfigurationLayout {}
extension dcsnoop_event: @retroactive EventLayout {}
