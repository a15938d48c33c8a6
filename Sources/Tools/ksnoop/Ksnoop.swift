import BPFObjects
import TraceKit

@main
struct Ksnoop: StreamTool, ProbeObjectTool {
  static let configuration = CommandConfiguration.tool(
    "ksnoop", "Print arguments and return values of kernel functions with their types.",
    usage: "ksnoop [<options>] trace|info|help <function> ... [-- <command> ...]",
    examples: [
      ("ksnoop info vfs_rmdir", "how C declares a function"),
      ("ksnoop trace vfs_rmdir", "calls with all arguments, and returns"),
      ("ksnoop trace 'vfs_rmdir(return != 0)'", "those that fail"),
      ("ksnoop trace 'vfs_read(count > 9999)'", "an argument, of some calls"),
      ("ksnoop trace 't:sys_exit(ret == -13)'", "an argument of a tracepoint"),
      ("ksnoop -s trace vfs_rmdir ext4_rmdir", "if the first calls the second"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  enum Request: String, CaseIterable, ExpressibleByArgument {
    case trace, info, help
  }

  /// A command is what every tool takes after `--`.
  @Argument(help: "Trace calls, print how C declares functions, or print help.")
  var request: Request?

  @Argument(help: "Functions, with what is asked of their calls; see the manual.")
  var functions: [String] = []

  @Flag(name: .shortAndLong, help: "Report libbpf's messages, as --verbose does twice.")
  var debug = false

  @Option(
    name: [.customShort("P"), .long], parsing: .unconditional,
    help: "Set the minimum size of the ring buffer in pages of 4,096 bytes.",
    transform: { try Parse.integer($0, "a number of pages", in: 1...262_144) })
  var pages: Int?

  @Flag(
    name: [.customShort("s"), .long],
    help: "Show the functions only where each is called by the one before.")
  var stack = false

  @Option(
    name: .long, parsing: .unconditional,
    help: "Read at most this many bytes of a text (default: 80).",
    transform: { try Parse.integer($0, "a number of bytes", in: 1...4096) })
  var stringSize: Int = 80

  @Option(
    name: .long, parsing: .unconditional,
    help: "Copy at most this many bytes of a structure (default: 1024).",
    transform: { try Parse.integer($0, "a number of bytes", in: 1...4096) })
  var structSize: Int = 1024

  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    guard !stream.onlyAnswers || !functions.isEmpty else { return }
    guard let request else {
      throw ValidationError("A command is missing: trace, info or help.")
    }
    if functions.isEmpty, request != .help { throw ValidationError("A function is missing.") }
    if let pages { stream.useBuffer(ofBytes: pages * 4096) }
    let questions = try functions.map(CallQuestion.init)
    if request == .info { _ = try SnoopedCalls.declarations(of: questions) }
    if request == .trace, stack { try SnoopedCalls.checkOrder(questions) }
  }

  var answer: String? {
    switch request {
    case .info: try? SnoopedCalls.declarations(of: functions.map(CallQuestion.init))
    case .help: Self.helpMessage()
    default: nil
    }
  }

  static let recordType = "call"
  static var image: ObjectImage { ObjectImage(ksnoop_image()) }

  private static let programs = SnoopedCalls.Programs(
    tracepoint: "ksnoop_tracepoint", begin: "ksnoop_begin", end: "ksnoop_return",
    typedBegin: "ksnoop_fentry", typedEnd: "ksnoop_fexit")

  private static let calls = LookedUp<SnoopedCalls>()

  private func calls() throws -> SnoopedCalls {
    try Self.calls.value(of: functions) {
      try SnoopedCalls(
        functions.map(CallQuestion.init), Self.programs, textSize: stringSize,
        memorySize: structSize, inOrder: stack)
    }
  }

  var finding: (any RecordedFinding)? { get throws { try calls() } }

  var recordedChoices: [String] {
    ["string size \(stringSize)", "struct size \(structSize)"] + (stack ? ["stack"] : [])
  }

  var objects: [CompanionObject<ksnoop_config>] {
    get throws {
      try calls().calls.enumerated().map { number, call in
        CompanionObject(configuration(number, call), plans: call.plans, label: call.label)
      }
    }
  }

  static var samplePlans: [HookPlan] { get throws { try SnoopedCalls.samplePlans(programs) } }

  private func configuration(_ number: Int, _ call: SnoopedCalls.Call) -> ksnoop_config {
    let size = MemoryLayout<ksnoop_event>.size
    var config = ksnoop_config()
    config.own = .current
    config.call = UInt32(number)
    config.arguments = UInt32(call.words)
    config.tells_all = call.tellsAll ? 1 : 0
    config.begin = call.beginWire(eventSize: size)
    config.end = call.endWire(eventSize: size)
    return config
  }

  var columns: [Column<Record<ksnoop_event>>] {
    let calls = (try? calls()) ?? .none
    return [
      .time(presence: .shown), .cpu(presence: .shown), .pid(width: 7),
      .comm(presence: .hidden), .uid(width: 6, presence: .hidden),
    ] + Column.identity(except: ["cpu"]) + [
      .callName(calls), .callMoment(calls), .callValues(calls),
    ]
  }

  var order: (any EventOrder)? { CallOrder<ksnoop_event>((try? calls()) ?? .none) }

  func trace() throws -> Int32 {
    if debug { startLibbpfLog(verbose: true) }
    if !functions.isEmpty { _ = try calls() }
    return try traceEvents()
  }
}

extension ksnoop_config: @retroactive ConfigurationLayout {}
extension ksnoop_event: @retroactive EventLayout {}
extension ksnoop_event: @retroactive SnoopedEvent {}
