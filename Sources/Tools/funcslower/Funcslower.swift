import BPFObjects
import TraceKit

@main
struct Funcslower: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "funcslower", "Trace slow calls of functions.",
    examples: [
      ("funcslower vfs_write", "calls of a kernel function that take at least 1 ms"),
      ("funcslower -m 10 vfs_write vfs_read", "of two, at least 10 ms"),
      ("funcslower -u 10 c:open", "of the C library, at least 10 us"),
      ("funcslower -p 135 c:open", "process 135 only"),
      ("funcslower -a 2 c:open", "with two arguments"),
      ("funcslower -UK -m 5 c:fsync", "with stacks"),
      ("funcslower -f -U -m 20 c:malloc", "the stack in one line"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Argument(
    help: ArgumentHelp(
      "A kernel function, LIBRARY:FUNCTION, /PATH:FUNCTION, or :FUNCTION with --pid.",
      valueName: "function"))
  var functions: [String] = []

  @Option(
    name: [.customShort("m"), .long], parsing: .unconditional,
    help: "Show calls that take at least this many milliseconds (default: 1).",
    transform: Parse.milliseconds)
  var minMs: UInt64?

  @Option(
    name: [.customShort("u"), .long], parsing: .unconditional,
    help: "Show calls that take at least this many microseconds.",
    transform: { try Parse.integer($0, "a time", in: 0...UInt64(UInt32.max)) })
  var minUs: UInt64?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Print this many arguments of each call.",
    transform: { try Parse.integer($0, "a number of arguments", in: 0...6) })
  var arguments: UInt32 = 0

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each call.")
  var time = false

  @Flag(name: .shortAndLong, help: "Print the time since the tool started.")
  var timestamp = false

  @Flag(name: .shortAndLong, help: "Print a stack in one line, outermost frame first.")
  var folded = false

  @OptionGroup var stacks: EventStackOptions
  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if minMs != nil, minUs != nil { throw ValidationError("-m and -u cannot be combined.") }
    if functions.isEmpty, !stream.onlyAnswers { throw ValidationError("A function is missing.") }
  }

  static let recordType = "call"
  static var image: ObjectImage { ObjectImage(funcslower_image()) }

  private static let traced = LookedUp<TracedFunctions>()

  private func traced() throws -> TracedFunctions {
    try Self.traced.value(of: functions) {
      try TracedFunctions(
        functions, in: stream.filter.pid?.first,
        only: stream.filter.onlyProcess(command: commandLine))
    }
  }

  var finding: (any RecordedFinding)? { get throws { try traced() } }

  private var tellsApart: Bool {
    get throws { try !functions.isEmpty && traced().names.count > 1 }
  }

  var plans: [HookPlan] {
    get throws {
      let config = stacks.wire()
      return try ProbeSet.callPlans(
        of: traced().places,
        .init(
          function: "function_begin", functionReturn: "function_end",
          functions: "functions_begin", functionReturns: "functions_end"),
        readsTypes: config.kernel != 0 || config.user != 0, isTrial: functions.isEmpty)
    }
  }

  func wireConfiguration() throws -> funcslower_config {
    var config = funcslower_config()
    config.calls.depth = UInt32(CALLS_DEPTH)
    config.calls.has_stack = try isInPrograms ? 1 : 0
    config.calls.told_apart = try tellsApart ? 1 : 0
    config.stacks = stacks.wire()
    config.least_ns = minUs.map { $0 * 1000 } ?? minMs ?? 1_000_000
    config.arguments = arguments
    return config
  }

  var eventStacks: EventStackOptions? { stacks }
  var isInPrograms: Bool { get throws { try traced().places.contains { !$0.isKernel } } }

  var columns: [Column<Record<funcslower_event>>] {
    let names = (try? traced().names) ?? []
    let (shown, inMicroseconds) = (Int(arguments), minUs != nil)
    return [
      .time(presence: .when(time)),
      .elapsed(width: 8, decimals: 3, presence: .when(timestamp)),
      .comm(width: 14, isCut: true),
      .pid(width: 7),
      Column("latency_us", inMicroseconds ? "LAT(us)" : "LAT(ms)", width: 9, alignment: .right) {
        inMicroseconds
          ? $1.fraction($0.event.duration_ns, per: 1000, decimals: 3)
          : $1.milliseconds(nanoseconds: $0.event.duration_ns)
      },
      Column("result", "RVAL", width: 16, alignment: .right) {
        $1.integer($0.event.result, table: String($0.event.result, radix: 16))
      },
      Column("function", "FUNC", width: arguments > 0 ? 24 : 0, role: .key) { record, cell in
        let index = Int(clamping: record.event.function)
        cell.text(names.indices.contains(index) ? names[index] : "")
      },
      Column("arguments", "ARGS", width: 0, presence: .when(arguments > 0)) { record, cell in
        let texts = withUnsafeBytes(of: record.event.arguments) {
          $0.bindMemory(to: UInt64.self).prefix(shown).map {
            Array("0x\(String($0, radix: 16))".utf8)
          }
        }
        cell.list(texts, isCut: false)
      },
    ] + Column.identity() + stacks.columns(tool: Self.name, folded: folded) { $0.stacks }
  }
}

extension funcslower_config: @retroactive ConfigurationLayout {}
extension funcslower_event: @retroactive EventLayout {}
