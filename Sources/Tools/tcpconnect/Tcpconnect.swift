import BPFObjects
import TraceKit

@main
struct Tcpconnect: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcpconnect", "Trace or count TCP connections that this machine opens.",
    examples: [
      ("tcpconnect", "trace all connects"),
      ("tcpconnect -t", "with the seconds since the start"),
      ("tcpconnect -p 181", "process 181 only"),
      ("tcpconnect -P 80,81", "ports 80 and 81 only"),
      ("tcpconnect -4", "IPv4 only"),
      ("tcpconnect -L", "with the local port"),
      ("tcpconnect -x", "failed connects, with the error"),
      ("tcpconnect -u 1000", "one user only"),
      ("tcpconnect -c", "count connects by address and port"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let uid: Character? = "u"
    static let cgroupMap: Character? = "C"
    static let mountNamespaceMap: Character? = "M"
  }

  @Flag(name: .shortAndLong, help: "Count connects by addresses and port.")
  var count = false

  @Flag(name: .shortAndLong, help: "Count by source port too.")
  var sourcePort = false

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Flag(name: [.customShort("U"), .long], help: "Print a UID column.")
  var printUid = false

  @Flag(
    name: [.customShort("L"), .customLong("lport")],
    help: "Print the local port; a connect is reported when its outcome is known.")
  var localPort = false

  @Flag(
    name: [.customShort("x"), .long],
    help: "Show failed connects only, with the error.")
  var failed = false

  @OptionGroup var network: NetworkOptions

  @Option(
    name: [.customShort("P"), .long], parsing: .unconditional,
    help: "Trace these destination ports only, separated by commas.",
    transform: Parse.ports)
  var port: [UInt16]?

  @Flag(name: .shortAndLong, help: "Print the name that was looked up before the connect.")
  var dns = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "connect"
  static var image: ObjectImage { ObjectImage(tcpconnect_image()) }

  var plans: [HookPlan] {
    guard failed else {
      return [
        HookPlan(.typedTracepoint, ["set_state"]), HookPlan(.rawTracepoint, ["set_state_raw"]),
      ]
    }
    return [
      .systemCallExits(["set_state", "connect_exit"]),
      HookPlan(.typedTracepoint, ["set_state", "any_syscall_exit"]),
    ]
  }

  func wireConfiguration() -> tcpconnect_config {
    var config = tcpconnect_config()
    config.network = network.wire
    config.ports = port_list(port)
    config.at_outcome = localPort || failed || (count && sourcePort) ? 1 : 0
    config.failed_only = failed ? 1 : 0
    config.counts = count ? 1 : 0
    config.counts_source_port = sourcePort ? 1 : 0
    return config
  }

  func trace() throws -> Int32 {
    if dns { Self.answers = try DNSAnswers() }
    guard count else { return try traceEvents() }
    return try traceCounts(columns: countColumns, room: 65_536)
  }

  /// What was looked up, with --dns. All of a tool runs in one thread.
  nonisolated(unsafe) private static var answers: DNSAnswers?

  var recordedChoices: [String] { dns ? ["--dns"] : [] }

  mutating func takeReplayFilter() -> ((borrowing Record<tcpconnect_event>) -> Bool)? {
    guard let port else { return nil }
    self.port = nil
    return { port.contains($0.event.endpoints.destination_port) }
  }

  var columns: [Column<Record<tcpconnect_event>>] {
    [
      .elapsed(width: 8, decimals: 3, presence: .when(timestamp)),
      .time(presence: .hidden),
      .uid(width: 5, presence: .when(printUid)),
      .pid(),
      .comm(width: 12, isCut: true),
    ] + Column.opened(localPort: .when(localPort)) + Column.identity() + [
      Column("error", "ERROR", width: 12, presence: .when(failed), role: .key) {
        $1.error($0.event.error)
      },
      Column("query", "QUERY", width: 0, presence: dns ? .shown : .onRequest) {
        $1.name(of: $0.event.endpoints, from: Self.answers)
      },
    ]
  }
}

extension tcpconnect_config: @retroactive ConfigurationLayout {}
extension tcpconnect_event: @retroactive SocketLayout {}
