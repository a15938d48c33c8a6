import BPFObjects
import TraceKit

@main
struct Cpuunclaimed: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "cpuunclaimed", "Show how many CPUs are idle while tasks wait for others.",
    examples: [
      ("cpuunclaimed", "a line every second"),
      ("cpuunclaimed 5 10", "ten lines, one every 5 seconds"),
      ("cpuunclaimed -T 1", "with the time"),
      ("cpuunclaimed -j", "the run queue of each CPU at each tick, as CSV"),
      ("cpuunclaimed -J", "with the time at which each CPU was looked at"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: [.customShort("j"), .long], help: "Print each tick, as CSV.")
  var csv = false

  @Flag(name: [.customShort("J"), .long], help: "The same, with when each CPU was sampled.")
  var fullcsv = false

  @OptionGroup var sample: SampleOptions<Letters>

  func validate() throws {
    if csv { try sample.run.prefer(.csv, by: "-j") }
    if fullcsv { try sample.run.prefer(.csv, by: "-J") }
  }

  static let subject = "run queues"
  static let frequency: UInt64 = 99
  private var showsTicks: Bool { csv || fullcsv }
  var summary: EverySecond<Letters> { EverySecond(sample) }
  var heading: SummaryHeading { .columnsOnce }
  var recordType: String { showsTicks ? "tick" : "unclaimed" }
  static var image: ObjectImage { ObjectImage(cpuunclaimed_image()) }

  var plans: [HookPlan] {
    [HookPlan(.sample, ["sample"], sampling: Sampling(.clock, .frequency(Self.frequency)))]
  }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    try object.setMaxEntries(of: "events", to: Self.ringSize)
  }

  /// Room for two seconds, of which one is waited for.
  private static var ringSize: Int {
    var size = 64 * 1024
    while size < Sampling.onlineCPUs.count * Int(frequency) * 32 * 2 { size *= 2 }
    return size
  }

  func wireConfiguration() -> cpuunclaimed_config {
    var config = cpuunclaimed_config()
    config.trace.wakeup_bytes = UInt32(Self.ringSize / 2)
    return config
  }

  func source(_ session: Session) throws(BPFError) -> UnclaimedReader {
    try UnclaimedReader(session, frequency: Self.frequency, showsTicks: showsTicks)
  }

  var columns: [Column<UnclaimedRow>] { showsTicks ? tickColumns : summaryColumns }

  private var summaryColumns: [Column<UnclaimedRow>] {
    [
      Column("time", "TIME", width: 8, presence: .when(sample.timestamp)) { $1.time($0.time) },
      Column("cpu_percent", "%CPU", width: 6, alignment: .right) {
        $1.percentage($0.busy, of: $0.cpus)
      },
      Column("unclaimed_percent", "%UNCLAIMED", width: 10, alignment: .right) {
        $1.percentage($0.unclaimed, of: $0.cpus)
      },
      Column("samples", "SAMPLES", width: 8, alignment: .right, presence: .hidden, role: .total) {
        $1.integer($0.count)
      },
    ]
  }

  private var tickColumns: [Column<UnclaimedRow>] {
    let cpus = Sampling.onlineCPUs.map { UInt32($0) }
    let lengths = cpus.map { cpu in
      Column<UnclaimedRow>("CPU\(cpu)", "CPU\(cpu)", width: 6) { row, cell in
        if let place = row.places[cpu] { cell.integer(place.length) } else { cell.none() }
      }
    }
    let offsets = cpus.map { cpu in
      Column<UnclaimedRow>("OFFSET_ns_CPU\(cpu)", "", width: 8) {
        if let offset = $0.places[cpu]?.offset { $1.integer(offset) } else { $1.none() }
      }
    }
    return [Column("TIMESTAMP_ns", "TIMESTAMP_ns", width: 16) { $1.integer($0.time) }]
      + lengths + (fullcsv ? offsets : [])
  }
}

/// A line every second, unless another interval is given.
struct EverySecond<Letters: OptionLetters>: SummarySettings {
  private let options: SampleOptions<Letters>

  init(_ options: SampleOptions<Letters>) { self.options = options }

  var seconds: Double? { options.seconds ?? 1 }
  var times: Int? { options.times }
  var limit: Int { options.limit }
  var filter: FilterOptions<Letters> { options.filter }
  var run: RunOptions<Letters> { options.run }
  var recording: RecordingOptions { options.recording }
}

extension cpuunclaimed_config: @retroactive ConfigurationLayout {}
