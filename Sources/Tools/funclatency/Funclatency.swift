import BPFObjects
import TraceKit

@main
struct Funclatency: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "funclatency", "Summarize the latency of functions as a histogram.",
    examples: [
      ("funclatency vfs_read", "a kernel function"),
      ("funclatency -u vfs_read", "in microseconds"),
      ("funclatency -F 'vfs_*'", "all functions with this prefix, a histogram each"),
      ("funclatency c:malloc", "a function of the C library"),
      ("funclatency -p 181 :main_loop", "a function in the executable of process 181"),
      ("funclatency /usr/bin/bash:readline", "a function of a program"),
      ("funclatency -i 2 -d 10 c:read", "every two seconds, for ten"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
    static let duration: Character? = "d"
  }

  @Flag(
    name: [.customShort("F"), .customLong("function")], help: "Print a histogram for each function."
  )
  var perFunction = false

  @Flag(name: [.customShort("k"), .long], help: "Use kprobes for kernel functions.")
  var kprobes = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Count calls up to this nesting depth (default: 16).", transform: Self.level)
  var level: UInt32?

  @OptionGroup var histogram: FunctionOptions<Letters>

  private static func level(_ text: String) throws -> UInt32 {
    try Parse.integer(text, "a level", in: 1...UInt32(CALLS_DEPTH))
  }

  var subject: String { histogram.function ?? "functions" }
  static var image: ObjectImage { ObjectImage(funclatency_image()) }

  private static let places = LookedUp<[ProbeSet]>()

  private func places() throws -> [ProbeSet] {
    try Self.places.value {
      let filter = histogram.filter
      if filter.pid == nil, histogram.function?.first == ":" {
        throw ToolError(.usage, "a function of a program needs --pid")
      }
      let found = try ProbeSet.calls(
        of: histogram.function.map { [$0] } ?? [], isExpression: histogram.regexp,
        in: filter.pid?.first, only: filter.onlyProcess(command: commandLine))
      guard !perFunction || found[0].canTellApart else {
        throw ToolError(
          .unavailable, "--function: separate histograms need kernel 5.15 or newer")
      }
      return found
    }
  }

  var plans: [HookPlan] {
    get throws {
      let plans = try ProbeSet.callPlans(
        of: places(),
        .init(
          function: "function_begin", functionReturn: "function_end",
          functions: "functions_begin", functionReturns: "functions_end",
          typed: "function_fentry", typedReturn: "function_fexit"),
        tellsApart: perFunction, isTrial: histogram.function == nil)
      return kprobes ? plans.filter { $0.kind != .fentry } : plans
    }
  }

  func wireConfiguration() throws -> funclatency_config {
    let functions = try places()[0]
    var config = funclatency_config()
    config.divisor = histogram.divisor
    config.calls.depth = level ?? UInt32(CALLS_DEPTH)
    config.calls.has_stack = functions.isKernel ? 0 : 1
    config.calls.told_apart = functions.names.count > 1 && functions.canTellApart ? 1 : 0
    config.per_function = perFunction ? 1 : 0
    return config
  }

  var isKeyed: Bool { perFunction }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    guard perFunction else { return [] }
    return [
      Column("function", "FUNCTION", width: 20, role: .key) { $1.text(Self.name(of: $0.key)) }
    ]
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("function = \(Self.name(of: histogram.key))".utf8)
  }

  private static func name(of key: UInt32?) -> String {
    let names = places.known?.first?.names ?? []
    return key.flatMap { names.indices.contains(Int($0)) ? names[Int($0)] : nil } ?? ""
  }
}

extension funclatency_config: @retroactive ConfigurationLayout {}
