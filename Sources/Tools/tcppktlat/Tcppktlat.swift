import BPFObjects
import TraceKit

@main
struct Tcppktlat: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcppktlat", "Trace how long received TCP segments wait until a process reads them.",
    examples: [
      ("tcppktlat", "trace all reads"),
      ("tcppktlat -T", "with the time of day"),
      ("tcppktlat -p 181", "reads of process 181 only"),
      ("tcppktlat -l 80", "local port 80 only"),
      ("tcppktlat -r 443", "remote port 443 only"),
      ("tcppktlat -w", "with room for IPv6 addresses"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
  }

  @OptionGroup var network: NetworkOptions

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Trace these local ports only, separated by commas.", transform: Parse.ports)
  var lport: [UInt16]?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Trace these remote ports only, separated by commas.", transform: Parse.ports)
  var rport: [UInt16]?

  @Flag(name: [.customShort("T"), .long], help: "Print the time of day.")
  var timestamp = false

  @Flag(name: .shortAndLong, help: "Print wider columns that fit IPv6 addresses.")
  var wide = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "read"
  static var image: ObjectImage { ObjectImage(tcppktlat_image()) }

  var plans: [HookPlan] {
    [HookKind.typedTracepoint, .rawTracepoint].map { kind in
      HookPlan(
        kind,
        ["tcp_probe", "tcp_rcv_space_adjust", "tcp_destroy_sock"].map { "\(kind.rawValue)_\($0)" })
    }
  }

  func wireConfiguration() -> tcppktlat_config {
    var config = tcppktlat_config()
    config.network = network.wire
    config.local_ports = port_list(lport)
    config.remote_ports = port_list(rport)
    return config
  }

  var columns: [Column<Record<tcppktlat_event>>] {
    [
      .time(presence: .when(timestamp)),
      .elapsed(width: 9, decimals: 3, presence: .hidden),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .tid(width: 7, presence: .shown),
      .comm(),
      .ip(presence: .hidden),
    ] + Column.localAndRemote(width: wide ? 26 : 15) + [
      Column("latency_ms", "MS", width: 8) { $1.milliseconds($0.event.latency_ns) },
      Column("longest_ms", "LONGEST(ms)", width: 11, presence: .hidden, role: .level) {
        $1.milliseconds($0.event.longest_ns)
      },
      Column("segments", "SEGS", width: 4, presence: .hidden, role: .total) {
        $1.integer($0.event.segments)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.event.netns) },
    ] + Column.identity(except: ["tid"])
  }
}

extension tcppktlat_config: @retroactive ConfigurationLayout {}
extension tcppktlat_event: @retroactive SocketLayout {}
