import BPFObjects
import TraceKit

@main
struct Softirqs: SpanTool {
  static let configuration = CommandConfiguration.tool(
    "softirqs", "Summarize how long soft interrupts run.",
    examples: [
      ("softirqs", "the time of each vector at the end"),
      ("softirqs 1 10", "ten summaries of one second"),
      ("softirqs -C", "with the number of runs"),
      ("softirqs -d", "histograms of the times"),
      ("softirqs -c 1", "on CPU 1 only"),
      ("softirqs -NT 1", "in nanoseconds, with the time"),
      ("softirqs -p 185", "those that interrupt process 185"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var spans: SpanOptions

  @Flag(
    name: [.customShort("C"), .customLong("count"), .customLong("events")],
    help: "Print how often each vector ran, too.")
  var counts = false

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this CPU only.",
    completion: .cpu, transform: Parse.cpu)
  var cpu: Int32?

  @OptionGroup var summary: DistributionSettings<Letters, PositionalIntervals>

  static let subject = "soft interrupts"
  let recordType = "softirq"
  static var image: ObjectImage { ObjectImage(softirqs_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["entry", "exit"]) }

  func wireConfiguration() -> softirqs_config {
    var config = softirqs_config()
    config.span = spans.wire(cpu: cpu.map { UInt32($0) })
    return config
  }

  func source(_ session: Session) throws(BPFError) -> TotalsSummary<softirqs_key, span_totals> {
    let vectors = TotalsNumbers(count: Int(SOFTIRQS_VECTORS), key: softirqs_key.init)
    return try TotalsSummary(spansOf: session, numbers: vectors) { $0.cpu = 0 }
  }

  var columns: [Column<SummaryTotals<softirqs_key, span_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("softirq", "SOFTIRQ", width: 16, role: .key) {
        $1.text(SoftirqNames.name(of: $0.key.number))
      },
      spans.column("total_ns", "TOTAL_", width: 11) { $0.total_ns },
      Column(
        "count", " TOTAL_count", width: 12, alignment: .right, presence: .when(counts), role: .total
      ) {
        $1.integer($0.count)
      },
      spans.column("max_ns", "MAX_", width: 11, presence: .hidden) { $0.max_ns },
    ]
  }

  // MARK: - Histograms

  var keyColumns: [Column<KeyedHistogram<softirqs_key>>] {
    [Column("softirq", "SOFTIRQ", width: 16, role: .key) { $1.text(Self.name($0)) }]
  }

  func heading(_ histogram: KeyedHistogram<softirqs_key>) -> [UInt8] {
    Array("softirq = \(Self.name(histogram))".utf8)
  }

  private static func name(_ histogram: KeyedHistogram<softirqs_key>) -> String {
    SoftirqNames.name(of: histogram.key?.number ?? 0)
  }
}

extension softirqs_config: @retroactive ConfigurationLayout {}
