import BPFObjects
import TraceKit

@main
struct Tcpconnlat: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcpconnlat", "Trace how long outgoing TCP connections take to be established.",
    examples: [
      ("tcpconnlat", "trace all connections"),
      ("tcpconnlat 1", "those that took 1 ms or more"),
      ("tcpconnlat 0.1", "those that took 100 us or more"),
      ("tcpconnlat -t", "with the seconds since the start"),
      ("tcpconnlat -p 185", "process 185 only"),
      ("tcpconnlat -L", "with the local port"),
      ("tcpconnlat -4", "IPv4 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Argument(
    help: "Show connections that took at least this many milliseconds; a fraction is allowed.",
    transform: Parse.milliseconds)
  var minimum: UInt64 = 0

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Flag(name: [.customShort("L"), .customLong("lport")], help: "Print the local port.")
  var localPort = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "handshake"
  static var image: ObjectImage { ObjectImage(tcpconnlat_image()) }
  var plans: [HookPlan] { HookPlan.tcpStates() }

  func wireConfiguration() -> tcpconnlat_config {
    var config = tcpconnlat_config()
    config.network = network.wire
    config.min_ns = minimum
    return config
  }

  var columns: [Column<Record<tcpconnlat_event>>] {
    [
      .elapsed(width: 9, decimals: 3, presence: .when(timestamp)),
      .time(presence: .hidden),
      .uid(width: 5, presence: .hidden),
      .pid(),
      .comm(width: 12, isCut: true),
    ] + Column.opened(localPort: .when(localPort)) + [
      Column("latency_ms", "LAT(ms)", width: 8) {
        $1.milliseconds($0.event.latency_ns, decimals: 2)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.event.netns) },
    ] + Column.identity()
  }
}

extension tcpconnlat_config: @retroactive ConfigurationLayout {}
extension tcpconnlat_event: @retroactive SocketLayout {}
