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

  /// Without a function, as when only the hooks are tried, one that each kernel has.
  private var name: String { histogram.function ?? "vfs_read" }

  var subject: String { name }
  static var image: ObjectImage { ObjectImage(funclatency_image()) }

  private static let functions = LookedUp<NamedFunctions>()

  private func functions() throws -> NamedFunctions {
    try Self.functions.value {
      let filter = histogram.filter
      let found = try NamedFunctions(
        name, isExpression: histogram.regexp, of: filter.pid?.first,
        only: filter.onlyProcess(command: commandLine))
      guard !perFunction || found.canTellApart else {
        throw ToolError(
          .unavailable, "--function: separate histograms need kernel 5.15 or newer")
      }
      return found
    }
  }

  var plans: [HookPlan] {
    get throws {
      let plans = try functions().plans(
        begin: "function_begin", end: "function_end", typedBegin: "function_fentry",
        typedEnd: "function_fexit")
      return (kprobes ? plans.filter { $0.kind != .fentry } : plans)
        + (histogram.function == nil ? try Self.userPlans : [])
    }
  }

  /// What is tried where no function is named: one of this process itself.
  private static var userPlans: [HookPlan] {
    get throws {
      try NamedFunctions("c:getppid", isExpression: false, of: nil, only: nil).plans(
        begin: "function_begin", end: "function_end", typedBegin: "", typedEnd: "")
    }
  }

  func wireConfiguration() throws -> funclatency_config {
    let functions = try functions()
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
    let names = functions.known?.names ?? []
    return key.flatMap { names.indices.contains(Int($0)) ? names[Int($0)] : nil } ?? ""
  }
}

extension funclatency_config: @retroactive ConfigurationLayout {}
