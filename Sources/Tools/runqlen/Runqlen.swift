import BPFObjects
import TraceKit

@main
struct Runqlen: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "runqlen", "Summarize the length of run queues as a histogram.",
    examples: [
      ("runqlen", "one histogram at the end"),
      ("runqlen 1 10", "ten summaries of one second"),
      ("runqlen -T 1", "with the time"),
      ("runqlen -O", "how often tasks wait, in percent"),
      ("runqlen -C", "a histogram per CPU"),
      ("runqlen -f 199", "199 samples per second"),
      ("runqlen -p 185", "while process 185 runs"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: [.customShort("C"), .long], help: "Print a histogram for each CPU.")
  var cpus = false

  @Flag(
    name: [.customShort("O"), .long], help: "Print how often tasks wait, in percent of the samples."
  )
  var runqocc = false

  @Option(
    name: [.customShort("f"), .long], parsing: .unconditional,
    help: "Take this many samples per second on each CPU.",
    transform: { try Parse.integer($0, "a frequency", in: 1...100_000) })
  var frequency: UInt64 = 99

  @Flag(name: [.customShort("H"), .long], help: "Count all tasks of a CPU, as by default.")
  var host = false

  @Flag(help: "Count the tasks of the running task's control group only.")
  var group = false

  @OptionGroup var histogram: DistributionOptions<Letters>

  func validate() throws {
    if host, group { throw ValidationError("-H and --group cannot be combined.") }
  }

  var subject: String { "run queue length" }
  var unit: HistogramUnit { HistogramUnit("tasks", heading: "runqlen") }
  static let scale = HistogramScale.linear(step: 1)
  static var image: ObjectImage { ObjectImage(runqlen_image()) }

  /// A counter of cycles stands still on an idle CPU, whose queue counts too.
  var plans: [HookPlan] {
    [HookPlan(.sample, ["sample"], sampling: Sampling(.clock, .frequency(frequency)))]
  }

  var isKeyed: Bool { cpus }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    guard cpus else { return }
    for map in ["histograms_even", "histograms_odd"] {
      try object.setMaxEntries(of: map, to: KernelFeatures.possibleCPUs)
    }
  }

  func wireConfiguration() -> runqlen_config {
    var config = runqlen_config()
    config.per_cpu = cpus ? 1 : 0
    config.group = group ? 1 : 0
    return config
  }

  func precedes(_ one: KeyedHistogram<UInt32>, _ other: KeyedHistogram<UInt32>) -> Bool {
    one.key ?? 0 < other.key ?? 0
  }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    var columns: [Column<KeyedHistogram<UInt32>>] = []
    if cpus { columns.append(Column("cpu", "CPU", width: 4) { $1.integer($0.key ?? 0) }) }
    if runqocc {
      columns.append(
        Column("occupancy_percent", "OCCUPANCY", width: 9) { row, cell in
          cell.percentage(row.histogram.count(from: 1), of: row.histogram.count)
        })
    }
    return columns
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("cpu = \(histogram.key ?? 0)".utf8)
  }

  func line(_ histogram: KeyedHistogram<UInt32>) -> [UInt8]? {
    guard runqocc else { return nil }
    let all = max(histogram.histogram.count, 1)
    let hundredths = (histogram.histogram.count(from: 1) * 10_000 + all / 2) / all
    let decimals = hundredths % 100
    let percent = "\(hundredths / 100).\(decimals < 10 ? "0" : "")\(decimals)%"
    guard let cpu = histogram.key else { return Array("runqocc: \(percent)".utf8) }
    func blanks(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(width - text.utf8.count, 0))
    }
    return Array("runqocc, CPU \(cpu)\(blanks("\(cpu)", 3)) \(blanks(percent, 7))\(percent)".utf8)
  }
}

extension runqlen_config: @retroactive ConfigurationLayout {}
