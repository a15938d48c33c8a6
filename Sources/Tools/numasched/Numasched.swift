import BPFObjects
import TraceKit

@main
struct Numasched: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "numasched", "Trace tasks that move to another NUMA node.",
    examples: [
      ("numasched", "all tasks"),
      ("numasched -p 185", "process 185 only"),
      ("numasched -t 188", "thread 188 only"),
      ("numasched -c java", "commands of this name only"),
      ("numasched --cpus", "moves between CPUs of one node too"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let comm: Character? = "c"
  }

  @Flag(help: "Show moves between CPUs of one node too.")
  var cpus = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "move"
  static var image: ObjectImage { ObjectImage(numasched_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["switch"]) }

  func wireConfiguration() -> numasched_config {
    var config = numasched_config()
    config.cpus = cpus ? 1 : 0
    return config
  }

  var columns: [Column<Record<numasched_event>>] {
    [
      .time(presence: .shown),
      .pid(),
      .tid(width: 7, presence: .shown),
      .uid(width: 5, presence: .hidden),
      Column("source_node", "SRC_NID", width: 7, role: .key) { $1.integer($0.event.from.node) },
      Column("destination_node", "DST_NID", width: 7, role: .key) { $1.integer($0.event.to.node) },
      Column("source_cpu", "SRC_CPU", width: 7, presence: .when(cpus)) {
        $1.integer($0.event.from.cpu)
      },
      Column("destination_cpu", "DST_CPU", width: 7, presence: .when(cpus)) {
        $1.integer($0.event.to.cpu)
      },
      .comm(),
    ]
  }
}

extension numasched_config: @retroactive ConfigurationLayout {}
extension numasched_event: @retroactive EventLayout {}
