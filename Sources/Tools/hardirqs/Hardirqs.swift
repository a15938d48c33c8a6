import BPFObjects
import TraceKit

@main
struct Hardirqs: SpanTool {
  static let configuration = CommandConfiguration.tool(
    "hardirqs", "Summarize how long the handlers of hardware interrupts run.",
    examples: [
      ("hardirqs", "the time of each handler at the end"),
      ("hardirqs 1 10", "ten summaries of one second"),
      ("hardirqs -C", "for each CPU"),
      ("hardirqs -d", "histograms of the times"),
      ("hardirqs -s 1", "on CPU 1 only"),
      ("hardirqs --vectors", "with the local timer and calls between CPUs"),
      ("hardirqs -NT 1", "in nanoseconds, with the time"),
      ("hardirqs -c /sys/fs/cgroup/web", "those that interrupt tasks of one cgroup"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
  }

  @OptionGroup var spans: SpanOptions

  @Flag(
    name: [.customShort("C"), .customLong("CPU"), .customLong("per-cpu")],
    help: "Distinguish CPUs.")
  var perCPU = false

  @Option(
    name: [.customShort("s"), .long], parsing: .unconditional, help: "Trace this CPU only.",
    completion: .cpu, transform: Parse.cpu)
  var cpu: Int32?

  @Flag(help: "Include the local timer and interrupts from other CPUs, on x86.")
  var vectors = false

  @OptionGroup var summary: DistributionSettings<Letters, IntervalOptions>

  static let subject = "hardware interrupts"
  let recordType = "hardirq"
  static var image: ObjectImage { ObjectImage(hardirqs_image()) }

  var plans: [HookPlan] {
    let names = [
      "local_timer", "reschedule", "call_function", "call_function_single", "irq_work",
    ]
    return HookPlan.tracepoints(
      ["entry", "exit"] + (vectors ? names.flatMap { ["\($0)_entry", "\($0)_exit"] } : []))
  }

  func wireConfiguration() -> hardirqs_config {
    var config = hardirqs_config()
    config.span = spans.wire(cpu: cpu.map { UInt32($0) }, perCPU: perCPU)
    return config
  }

  func source(_ session: Session) throws(BPFError) -> TotalsSummary<hardirqs_key, span_totals> {
    let perCPU = perCPU
    return try TotalsSummary(spansOf: session) { if !perCPU { $0.cpu = 0 } }
  }

  var columns: [Column<SummaryTotals<hardirqs_key, span_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("irq", "IRQ", width: 5, presence: .hidden) { Self.number($0.key, $1) },
      Column("hardirq", "HARDIRQ", width: 33, role: .key) { $1.text(cString: $0.key.name) },
      Column("count", "TOTAL_count", width: 11, alignment: .right, role: .total) {
        $1.integer($0.count)
      },
      spans.column("total_ns", "TOTAL_", width: 11) { $0.total_ns },
      spans.column("max_ns", "MAX_", width: 9) { $0.max_ns },
    ]
      + (perCPU
        ? [Column("cpu", "CPU", width: 3, alignment: .right) { $1.integer($0.key.cpu) }] : [])
  }

  // MARK: - Histograms

  var keyColumns: [Column<KeyedHistogram<hardirqs_key>>] {
    [
      Column("irq", "IRQ", width: 5) { Self.number($0.key ?? hardirqs_key(), $1) },
      Column("hardirq", "HARDIRQ", width: 33, role: .key) { $1.text(Self.name($0)) },
    ] + (perCPU ? [Column("cpu", "CPU", width: 3) { $1.integer($0.key?.cpu ?? 0) }] : [])
  }

  func heading(_ histogram: KeyedHistogram<hardirqs_key>) -> [UInt8] {
    let cpu = perCPU ? "cpu = \(histogram.key?.cpu ?? 0) " : ""
    return Array("\(cpu)hardirq = \(Self.name(histogram))".utf8)
  }

  /// A vector is no interrupt line, and has another number.
  private static func number(_ key: hardirqs_key, _ cell: borrowing Cell) {
    let isVector = key.number & HARDIRQ_IS_VECTOR != 0
    isVector ? cell.none(table: "-") : cell.integer(key.number)
  }

  private static func name(_ histogram: KeyedHistogram<hardirqs_key>) -> String {
    histogram.keyText(\.name)
  }
}

extension hardirqs_config: @retroactive ConfigurationLayout {}
