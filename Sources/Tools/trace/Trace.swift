import BPFObjects
import TraceKit

@main
struct Trace: StreamTool, ProbeObjectTool {
  static let configuration = CommandConfiguration.tool(
    "trace", "Print messages with arguments at functions, tracepoints and USDT probes.",
    usage: "trace [<options>] <probe> ... [-- <command> ...]",
    examples: [
      ("trace 'c:malloc \"size = %lu\", arg1'", "an argument of a function of libc"),
      ("trace 'c:malloc(size_t n) (n > 4096) \"%lu\", n'", "by name, large ones only"),
      ("trace 'r:bash:readline \"%s\", retval'", "what a function returns"),
      ("trace 't:block:block_rq_complete \"%d\", args->nr_sector'", "a field of a tracepoint"),
      ("trace 'u:pthread:pthread_create (arg4 != 0)'", "a USDT probe, with a predicate"),
      ("trace 'do_sys_openat2 \"%s\", arg2'", "a function of the kernel"),
      ("trace -U -p 181 'c:open'", "with user stacks, process 181 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "L"
    static let name: Character? = "n"
    static let maxEvents: Character? = "M"
  }

  @Argument(help: "A probe with what is asked there; see the manual.")
  var probes: [String] = []

  @OptionGroup var asking: AskedProbeOptions

  @Flag(
    name: [.customShort("A"), .long], help: "Print each different row once, with its count.")
  var aggregate = false

  @OptionGroup var stacks: EventStackOptions
  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if probes.isEmpty, !stream.onlyAnswers { throw ValidationError("A probe is missing.") }
    if aggregate, stream.run.outputFormat != .table {
      throw ValidationError(
        "--aggregate prints a table, and conflicts with --json and --format csv.")
    }
    if let group = asking.cgroupPath {
      if stream.filter.cgroup != nil {
        throw ValidationError("--cgroup-path and --cgroup cannot be combined.")
      }
      stream.filter.cgroup = group
    }
    if let size = asking.bufferBytes { stream.useBuffer(ofBytes: size) }
    for probe in probes { _ = try Question(probe) }
  }

  static let recordType = "event"
  static var image: ObjectImage { ObjectImage(trace_image()) }

  private static let asked = LookedUp<AskedProbes>()

  private func asked() throws -> AskedProbes {
    try Self.asked.value(of: probes) {
      try AskedProbes(
        probes, of: stream.filter.pid?.first,
        only: stream.filter.onlyProcess(command: commandLine), textSize: asking.stringSize,
        comparesBytes: asking.binCmp, readsTypes: stacks.wire().kernel + stacks.wire().user > 0,
        function: "trace_function", tracepoint: "trace_tracepoint")
    }
  }

  var finding: (any RecordedFinding)? { get throws { try asked() } }

  var recordedChoices: [String] {
    ["string size \(asking.stringSize)"] + (asking.binCmp ? ["bytes are compared"] : [])
  }

  var objects: [CompanionObject<trace_probe_config>] {
    get throws {
      try asked().asked.enumerated().map { number, asked in
        CompanionObject(probeConfiguration(number, asked), plans: asked.plans, label: asked.label)
      }
    }
  }

  static var samplePlans: [HookPlan] {
    get throws {
      try AskedProbes.samples(function: "trace_function", tracepoint: "trace_tracepoint")
    }
  }

  private func probeConfiguration(_ number: Int, _ asked: AskedProbes.Asked) -> trace_probe_config {
    var config = trace_probe_config()
    config.stacks = stacks.wire()
    if !asking.includeSelf { config.own = .current }
    config.probe = UInt32(number)
    config.tells_places = asked.tellsPlaces ? 1 : 0
    config.names_user_places = asked.namesUserPlaces ? 1 : 0
    config.event_size = UInt32(MemoryLayout<trace_event>.size) + asked.textBytes
    config.values = asked.program
    return config
  }

  var eventStacks: EventStackOptions? { stacks }
  var isInPrograms: Bool { get throws { try asked().areInPrograms } }
  var keptCapabilities: Capabilities {
    Self.asked.known?.namesUserPlaces == true
      ? Symbolizer.retained : stacks.neededCapabilities
  }

  var columns: [Column<Record<trace_event>>] {
    let probes = (try? asked()) ?? .none
    let messages = AskedMessages(probes, tool: Self.name)
    return asking.times() + [
      .pid(width: 7), .tid(width: 7, presence: .shown), .comm(width: 15),
      .askedName(messages), .message(messages, presence: .when(probes.hasMessages)),
    ] + Column.identity(except: ["tid", "cpu"])
      + stacks.columns(
        tool: Self.name, after: { messages.textBytes(of: $0) }, withAddresses: asking.address
      ) { $0.stacks }
  }

  func accepts(_ record: borrowing Record<trace_event>) -> Bool {
    guard let text = asking.msgFilter else { return true }
    let messages = Self.messages.value {
      AskedMessages((try? asked()) ?? .none, tool: Self.name)
    }
    return messages.message(of: record).contains(text.utf8)
  }

  /// What the filter of messages looks at.
  private static let messages = LookedUp<AskedMessages>()
  /// All of a tool runs in one thread.
  nonisolated(unsafe) private static var rows: RowCounts<trace_event>?

  var mirror: ((borrowing Record<trace_event>, OutputBuffer) -> Void)? {
    guard aggregate, let rows = Self.rows else { return nil }
    return { record, _ in rows.add(record) }
  }

  func replay() throws -> Int32 { try trace() }

  func trace() throws -> Int32 {
    if !probes.isEmpty, !isReplay { _ = try asked() }
    guard aggregate else { return try traceEvents() }
    return try traceCountedRows { Self.rows = $0 }
  }
}

extension trace_probe_config: @retroactive ConfigurationLayout {}
extension trace_event: @retroactive EventLayout {}
extension trace_event: @retroactive AskedEvent {}
