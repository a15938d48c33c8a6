import BPFObjects
import TraceKit

@main
struct Cpufreq: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "cpufreq", "Summarize the frequencies of CPUs as histograms, of all tasks and by command.",
    examples: [
      ("cpufreq", "histograms at the end"),
      ("cpufreq -d 10", "after ten seconds"),
      ("cpufreq -f 199", "199 samples per second"),
      ("cpufreq -i 1", "every second"),
      ("cpufreq -c /system.slice/nginx.service", "one control group only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
    static let duration: Character? = "d"
  }

  @Option(
    name: [.customShort("f"), .long], parsing: .unconditional,
    help: "Take this many samples per second on each CPU.",
    transform: { try Parse.integer($0, "a frequency", in: 1...100_000) })
  var frequency: UInt64 = 99

  @Option(
    parsing: .unconditional,
    help: "Assume this many MHz for a CPU whose frequency the kernel does not know.",
    transform: { try Parse.integer($0, "a number of MHz", in: 1...1_000_000) })
  var assume: UInt32?

  @OptionGroup var histogram: RegularDistributionOptions<Letters>

  var subject: String { "CPU frequencies" }
  var unit: HistogramUnit { HistogramUnit("MHz", heading: "MHz") }
  static let scale = HistogramScale.linear(step: UInt64(CPUFREQ_STEP))
  static var image: ObjectImage { ObjectImage(cpufreq_image()) }
  var isKeyed: Bool { true }

  var plans: [HookPlan] {
    let isAssumed = assume != nil
    return [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      HookPlan(
        kind, ["\(kind.rawValue)_frequency", "sample"],
        samplings: ["sample": Sampling(.clock, .frequency(frequency))]
      ) {
        CPUFrequencies.areKnown || isAssumed
          ? nil
          : Obstacle(
            "the kernel does not know the frequencies of this machine's CPUs, "
              + "which have no cpufreq folder in /sys/devices/system/cpu",
            cure: "give a frequency with --assume")
      }
    }
  }

  func wireConfiguration() -> cpufreq_config { cpufreq_config() }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    var table = cpufreq_table()
    withUnsafeMutableBytes(of: &table) { bytes in
      let places = bytes.bindMemory(to: UInt32.self)
      for cpu in Sampling.onlineCPUs where Int(cpu) < places.count {
        places[Int(cpu)] = CPUFrequencies.khz(of: cpu) ?? (assume ?? 0) * 1000
      }
    }
    try object.setVariable("frequencies", to: table)
  }

  /// That of all tasks is first.
  func precedes(
    _ one: KeyedHistogram<cpufreq_key>, _ other: KeyedHistogram<cpufreq_key>
  ) -> Bool {
    let (isAll, otherIsAll) = (Self.command(one) == nil, Self.command(other) == nil)
    return isAll == otherIsAll ? one.histogram.count < other.histogram.count : isAll
  }

  /// The name of a histogram's command; nil: it is that of all tasks.
  private static func command(_ histogram: KeyedHistogram<cpufreq_key>) -> [UInt8]? {
    guard let key = histogram.key, key.of_command != 0 else { return nil }
    return withUnsafeBytes(of: key.comm) { Array($0.prefix { $0 != 0 }) }
  }

  var keyColumns: [Column<KeyedHistogram<cpufreq_key>>] {
    [
      Column("comm", "COMM", width: 16, role: .key) { row, cell in
        if let name = Self.command(row) {
          name.withUnsafeBytes { cell.text($0) }
        } else {
          cell.none()
        }
      }
    ]
  }

  func heading(_ histogram: KeyedHistogram<cpufreq_key>) -> [UInt8] {
    Self.command(histogram).map { Array("comm = ".utf8) + $0 } ?? Array("syswide".utf8)
  }
}

extension cpufreq_config: @retroactive ConfigurationLayout {}
