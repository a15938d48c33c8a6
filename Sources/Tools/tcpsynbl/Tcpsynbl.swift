import BPFObjects
import TraceKit

@main
struct Tcpsynbl: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "tcpsynbl", "Summarize how full the backlogs of TCP listeners are, as histograms.",
    examples: [
      ("tcpsynbl", "a histogram per limit at the end"),
      ("tcpsynbl 1 10", "ten summaries of one second"),
      ("tcpsynbl -T 1", "with the time"),
      ("tcpsynbl -4", "IPv4 only"),
      ("tcpsynbl --comm nginx", "connections that nginx accepts only"),
    ])

  enum Letters: OptionLetters {}

  @OptionGroup var network: NetworkOptions
  @OptionGroup var histogram: DistributionOptions<Letters>

  var subject: String { "SYN backlog size" }
  var unit: HistogramUnit { HistogramUnit("connections", heading: "backlog") }
  static var image: ObjectImage { ObjectImage(tcpsynbl_image()) }
  var isKeyed: Bool { true }

  var plans: [HookPlan] {
    if selectsTasks(histogram.filter) { return HookPlan.tcpSessions() }
    return [HookPlan(.fentry, ["fentry_v4", "fentry_v6"])] + HookPlan.tracepoints(["set_state"])
  }

  func wireConfiguration() -> tcpsynbl_config {
    var config = tcpsynbl_config()
    config.network = network.wire
    return config
  }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    [Column("backlog_max", "MAX", width: 10) { $1.integer($0.key ?? 0) }]
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("backlog_max = \(histogram.key ?? 0)".utf8)
  }
}

extension tcpsynbl_config: @retroactive ConfigurationLayout {}
