import BPFObjects
import TraceKit

@main
struct Tcplife: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcplife", "Trace TCP sessions with process, duration and bytes.",
    examples: [
      ("tcplife", "trace all sessions"),
      ("tcplife -T", "with the time of day"),
      ("tcplife -w", "with room for IPv6 addresses"),
      ("tcplife -p 181", "process 181 only"),
      ("tcplife -L 80,81", "local ports 80 and 81 only"),
      ("tcplife -D 443", "remote port 443 only"),
      ("tcplife -stT", "CSV, with both times"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var network: NetworkOptions
  @OptionGroup var ports: PortOptions

  @Flag(name: [.customShort("T"), .long], help: "Print the time of day.")
  var time = false

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Flag(name: .shortAndLong, help: "Print wider columns that fit IPv6 addresses.")
  var wide = false

  @Flag(name: [.customShort("s"), .long], help: "Short for --format csv.")
  var csv = false

  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if csv { try stream.run.chooseCSV() }
  }

  static let recordType = "session"
  static var image: ObjectImage { ObjectImage(tcplife_image()) }
  var plans: [HookPlan] { HookPlan.tcpSessions() }

  func wireConfiguration() -> tcplife_config {
    var config = tcplife_config()
    config.network = network.wire
    config.local_ports = ports.local
    config.remote_ports = ports.remote
    return config
  }

  var columns: [Column<Record<tcplife_event>>] {
    [
      .time(presence: .when(time)),
      .elapsed(width: 8, decimals: 6, presence: .when(timestamp)),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(),
      .ip(presence: .hidden),
    ] + Column.localAndRemote(width: wide ? 26 : 15) + [
      Column("tx_kb", "TX_KB", width: 6) { $1.fractionalKilobytes($0.event.sent_bytes) },
      Column("rx_kb", "RX_KB", width: 6) { $1.fractionalKilobytes($0.event.received_bytes) },
      Column("duration_ms", "MS", width: 8) {
        $1.fraction(($0.event.duration_ns / 1000 + 5) / 10, per: 100, decimals: 2)
      },
      Column("duration_us", "US", width: 8, presence: .hidden) {
        $1.integer($0.event.duration_ns / 1000)
      },
      Column("tx_bytes", "TX_BYTES", width: 10, presence: .hidden) {
        $1.integer($0.event.sent_bytes)
      },
      Column("rx_bytes", "RX_BYTES", width: 10, presence: .hidden) {
        $1.integer($0.event.received_bytes)
      },
      Column("direction", "DIR", width: 3, presence: .hidden, role: .key) {
        if $0.event.is_incoming != 0 { $1.literal("in") } else { $1.literal("out") }
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.event.netns) },
    ] + Column.identity()
  }
}

extension tcplife_config: @retroactive ConfigurationLayout {}
extension tcplife_event: @retroactive SocketLayout {}
