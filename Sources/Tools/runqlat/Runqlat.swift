import BPFObjects
import TraceKit

@main
struct Runqlat: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "runqlat", "Summarize run queue (scheduler) latency as a histogram.",
    examples: [
      ("runqlat", "one histogram at the end"),
      ("runqlat 1 10", "ten summaries of one second"),
      ("runqlat -mT 1", "in milliseconds, with the time"),
      ("runqlat -P", "a histogram per process"),
      ("runqlat -p 185", "process 185 only"),
      ("runqlat -c /sys/fs/cgroup/web", "tasks of one cgroup only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
  }

  @Flag(name: [.customShort("P"), .long], help: "Print a histogram for each process.")
  var pids = false

  @Flag(name: [.customShort("L"), .long], help: "Print a histogram for each thread.")
  var tids = false

  @Flag(help: "Print a histogram for each PID namespace.")
  var pidnss = false

  @OptionGroup var histogram: HistogramOptions<Letters>

  func validate() throws {
    guard [pids, tids, pidnss].count(where: { $0 }) <= 1 else {
      throw ValidationError("--pids, --tids and --pidnss cannot be combined.")
    }
  }

  var subject: String { "run queue latency" }
  static var image: ObjectImage { ObjectImage(runqlat_image()) }

  var plans: [HookPlan] { HookPlan.runQueueWaits }

  var isKeyed: Bool { pids || tids || pidnss }

  private var key: (name: String, per: Int32) {
    if pids { return ("pid", HISTOGRAM_PER_PROCESS) }
    if tids { return ("tid", HISTOGRAM_PER_THREAD) }
    return pidnss ? ("pidns", HISTOGRAM_PER_NAMESPACE) : ("", HISTOGRAM_OF_ALL)
  }

  func wireConfiguration() -> runqlat_config {
    var config = runqlat_config()
    config.per = UInt32(key.per)
    config.milliseconds = histogram.milliseconds ? 1 : 0
    return config
  }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    isKeyed ? Column.task(key.name) : []
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("\(key.name) = \(histogram.key ?? 0) ".utf8) + histogram.label
  }
}

extension runqlat_config: @retroactive ConfigurationLayout {}
