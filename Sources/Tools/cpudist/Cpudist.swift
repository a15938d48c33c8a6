import BPFObjects
import TraceKit

@main
struct Cpudist: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "cpudist", "Summarize how long tasks run on a CPU as a histogram.",
    examples: [
      ("cpudist", "one histogram at the end"),
      ("cpudist -O", "the time away from the CPU instead"),
      ("cpudist 1 10", "ten summaries of one second"),
      ("cpudist -mT 1", "in milliseconds, with the time"),
      ("cpudist -P", "a histogram per process"),
      ("cpudist -p 185", "process 185 only"),
      ("cpudist -c /sys/fs/cgroup/web", "tasks of one cgroup only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
    static let `extension`: Character? = "e"
  }

  @Flag(name: [.customShort("O"), .long], help: "Measure the time away from the CPU instead.")
  var offcpu = false

  @Flag(name: [.customShort("P"), .long], help: "Print a histogram for each process.")
  var pids = false

  @Flag(name: [.customShort("L"), .long], help: "Print a histogram for each thread.")
  var tids = false

  @Flag(name: [.customShort("I"), .customLong("include-idle")], help: "Count idle CPUs too.")
  var includeIdle = false

  @OptionGroup var histogram: HistogramOptions<Letters>

  func validate() throws {
    if pids, tids { throw ValidationError("-P and -L cannot be combined.") }
    if offcpu, includeIdle { throw ValidationError("-O and -I cannot be combined.") }
  }

  var subject: String { offcpu ? "off-CPU time" : "on-CPU time" }
  static var image: ObjectImage { ObjectImage(cpudist_image()) }

  var plans: [HookPlan] {
    [HookKind.typedTracepoint, .rawTracepoint].map { HookPlan($0, ["\($0.rawValue)_switch"]) }
  }

  var isKeyed: Bool { pids || tids }

  func wireConfiguration() -> cpudist_config {
    var config = cpudist_config()
    config.per = UInt32(
      pids ? HISTOGRAM_PER_PROCESS : tids ? HISTOGRAM_PER_THREAD : HISTOGRAM_OF_ALL)
    config.milliseconds = histogram.milliseconds ? 1 : 0
    config.off_cpu = offcpu ? 1 : 0
    config.include_idle = includeIdle ? 1 : 0
    return config
  }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    isKeyed ? Column.task(pids ? "pid" : "tid") : []
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("\(pids ? "pid" : "tid") = \(histogram.key ?? 0) ".utf8) + histogram.label
  }
}

extension cpudist_config: @retroactive ConfigurationLayout {}
