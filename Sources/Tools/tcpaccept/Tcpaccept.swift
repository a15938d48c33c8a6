import BPFObjects
import TraceKit

@main
struct Tcpaccept: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcpaccept", "Trace TCP connections that processes of this machine accept.",
    examples: [
      ("tcpaccept", "trace all accepted connections"),
      ("tcpaccept -T", "with the time of day"),
      ("tcpaccept -t", "with the seconds since the start"),
      ("tcpaccept -P 80,81", "local ports 80 and 81 only"),
      ("tcpaccept -p 181", "process 181 only"),
      ("tcpaccept -4", "IPv4 only"),
      ("tcpaccept --columns +waited_ms", "with the time in the accept queue"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroupMap: Character? = "C"
    static let mountNamespaceMap: Character? = "M"
  }

  @Flag(name: [.customShort("T"), .long], help: "Print the time of day.")
  var time = false

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Option(
    name: [.customShort("P"), .long], parsing: .unconditional,
    help: "Trace these local ports only, separated by commas.", transform: Parse.ports)
  var port: [UInt16]?

  @OptionGroup var network: NetworkOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "accept"
  static var image: ObjectImage { ObjectImage(tcpaccept_image()) }
  var plans: [HookPlan] { HookPlan.tcpAccepts() }

  func wireConfiguration() -> tcpaccept_config {
    var config = tcpaccept_config()
    config.network = network.wire
    config.ports = port_list(port)
    return config
  }

  var columns: [Column<Record<tcpaccept_event>>] {
    [
      .time(presence: .when(time)),
      .elapsed(width: 8, decimals: 3, presence: .when(timestamp)),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(width: 12, isCut: true),
      .ip(),
      Column("raddr", "RADDR", width: 16) { $1.destination($0.event.endpoints) },
      Column("rport", "RPORT", width: 5) { $1.port($0.event.endpoints.destination_port) },
      Column("laddr", "LADDR", width: 16) { $1.source($0.event.endpoints) },
      Column("lport", "LPORT", width: 5) { $1.port($0.event.endpoints.source_port) },
      Column("waited_ms", "WAITED(ms)", width: 10, presence: .hidden) {
        $1.milliseconds(unlessZero: $0.event.waited_ns)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.event.netns) },
    ] + Column.identity()
  }
}

extension tcpaccept_config: @retroactive ConfigurationLayout {}
extension tcpaccept_event: @retroactive SocketLayout {}
