import BPFObjects
import TraceKit

@main
struct Funcinterval: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "funcinterval", "Summarize the time between calls of a function as a histogram.",
    examples: [
      ("funcinterval vfs_read", "a function of the kernel"),
      ("funcinterval -u -p 181 c:malloc", "of the C library in one process, in microseconds"),
      ("funcinterval -m t:block:block_rq_issue", "a tracepoint, in milliseconds"),
      ("funcinterval -i 2 -d 10 c:read", "every two seconds, for ten"),
      ("funcinterval --per-thread c:read", "between two calls of the same thread"),
      ("funcinterval -F 't:block:*'", "all tracepoints of block devices, a histogram each"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let duration: Character? = "d"
  }

  @Flag(
    name: [.customShort("F"), .customLong("function")],
    help: "Measure each function by itself, and print a histogram for it.")
  var perFunction = false

  @Flag(help: "Measure between two calls of the same thread, not of any.")
  var perThread = false

  @OptionGroup var histogram: ProbeHistogramOptions<Letters>

  typealias Key = UInt32

  var subject: String { "intervals of \(histogram.probes.pattern ?? "")" }
  static var image: ObjectImage { ObjectImage(funcinterval_image()) }

  var plans: [HookPlan] {
    get throws {
      try histogram.probes.plans(
        histogram.filter, command: commandLine, .same,
        tellsApart: perFunction)
    }
  }

  private var names: [String] {
    get throws { try histogram.probes.places(histogram.filter, command: commandLine).names }
  }

  func wireConfiguration() throws -> funcinterval_config {
    var config = funcinterval_config()
    config.divisor = histogram.divisor
    config.per_thread = perThread ? 1 : 0
    config.per_place = perFunction ? 1 : 0
    config.told_apart = try perFunction && names.count > 1 ? 1 : 0
    return config
  }

  var isKeyed: Bool { perFunction }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    guard perFunction else { return [] }
    let names = (try? names) ?? []
    return [
      Column("function", "FUNCTION", width: 20, role: .key) {
        $1.text(Self.name(of: $0.key, in: names))
      }
    ]
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("function = \(Self.name(of: histogram.key, in: (try? names) ?? []))".utf8)
  }

  private static func name(of key: UInt32?, in names: [String]) -> String {
    guard let key, names.indices.contains(Int(key)) else { return "" }
    return names[Int(key)]
  }
}

extension funcinterval_config: @retroactive ConfigurationLayout {}
