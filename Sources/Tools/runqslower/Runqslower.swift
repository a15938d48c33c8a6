import BPFObjects
import TraceKit

@main
struct Runqslower: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "runqslower", "Trace tasks that wait long for a CPU.",
    examples: [
      ("runqslower", "waits of more than 10 ms"),
      ("runqslower 1000", "waits of more than 1 ms"),
      ("runqslower 0", "all waits"),
      ("runqslower -P", "with the task that ran before"),
      ("runqslower -p 185", "process 185 only"),
      ("runqslower -c bash", "commands of this name only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let comm: Character? = "c"
  }

  @Argument(
    help: "Show waits of more than this many microseconds; 0 shows all.",
    transform: { try Parse.integer($0, "a number of microseconds", in: 0...1_000_000_000_000) })
  var minimum: UInt64 = 10_000

  @Flag(name: [.customShort("P"), .long], help: "Print the task that ran before on the CPU.")
  var previous = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "wait"
  static var image: ObjectImage { ObjectImage(runqslower_image()) }
  var plans: [HookPlan] { HookPlan.runQueueWaits }

  func wireConfiguration() -> runqslower_config {
    var config = runqslower_config()
    config.min_us = minimum
    return config
  }

  var columns: [Column<Record<runqslower_event>>] {
    [
      .time(presence: .shown),
      .comm(),
      .pid(presence: .hidden),
      .tid(width: 6, presence: .shown),
      .uid(width: 5, presence: .hidden),
      Column("latency_us", "LAT(us)", width: 14, alignment: .right) {
        $1.integer($0.event.latency_ns / 1000)
      },
      Column("previous_comm", "PREV COMM", width: 16, presence: .when(previous)) {
        $1.text(cString: $0.event.previous_comm)
      },
      Column("previous_tid", "PREV TID", width: 6, presence: .when(previous)) {
        $1.integer($0.event.previous_tid)
      },
      .cpu(presence: .hidden),
    ]
  }
}

extension runqslower_config: @retroactive ConfigurationLayout {}
extension runqslower_event: @retroactive EventLayout {}
