import BPFObjects
import TraceKit

@main
struct Wqlat: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "wqlat", "Summarize how long work waits in the kernel's workqueues.",
    examples: [
      ("wqlat", "one histogram at the end"),
      ("wqlat 1 10", "ten summaries of one second"),
      ("wqlat -W", "a histogram per workqueue"),
      ("wqlat -w events", "one workqueue only"),
      ("wqlat -NT 1", "in nanoseconds, with the time"),
      ("wqlat -p 185", "what process 185 queues"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let `extension`: Character? = "e"
  }

  @Flag(name: [.customShort("N"), .long], help: "Print nanoseconds instead of microseconds.")
  var nanoseconds = false

  @Flag(name: [.customShort("W"), .long], help: "Print a histogram for each workqueue.")
  var workqueues = false

  @Option(
    name: [.customShort("w"), .customLong("wqname")], parsing: .unconditional,
    help: "Trace the workqueue of this name only.")
  var queue: String?

  @OptionGroup var histogram: DistributionOptions<Letters>

  func validate() throws {
    guard let queue, !(1..<Int(WORKQUEUE_NAME_SIZE)).contains(queue.utf8.count) else { return }
    throw ValidationError(
      "The value '\(queue)' is invalid for '-w <wqname>': the name of a workqueue has 1 to "
        + "\(WORKQUEUE_NAME_SIZE - 1) bytes")
  }

  var subject: String { "workqueue latency" }
  var unit: HistogramUnit { nanoseconds ? .nanoseconds : .microseconds }
  static var image: ObjectImage { ObjectImage(wqlat_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["queued", "begins"]) }
  var isKeyed: Bool { workqueues }

  func wireConfiguration() -> wqlat_config {
    var config = wqlat_config()
    config.per_queue = workqueues ? 1 : 0
    config.divisor = nanoseconds ? 1 : 1000
    if let queue {
      config.one_queue = 1
      withUnsafeMutableBytes(of: &config.queue.name) { $0.copyBytes(from: queue.utf8) }
    }
    return config
  }

  var keyColumns: [Column<KeyedHistogram<wqlat_key>>] {
    workqueues
      ? [Column("workqueue", "WORKQUEUE", width: 24, role: .key) { $1.text(Self.name($0)) }] : []
  }

  func heading(_ histogram: KeyedHistogram<wqlat_key>) -> [UInt8] {
    Array("wqname = \(Self.name(histogram))".utf8)
  }

  private static func name(_ histogram: KeyedHistogram<wqlat_key>) -> String {
    histogram.keyText(\.name)
  }
}

extension wqlat_config: @retroactive ConfigurationLayout {}
