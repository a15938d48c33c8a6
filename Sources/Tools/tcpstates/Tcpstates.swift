import BPFObjects
import TraceKit

@main
struct Tcpstates: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcpstates", "Trace changes of TCP states, and the time in each state.",
    examples: [
      ("tcpstates", "trace all changes"),
      ("tcpstates -T", "with the time of day"),
      ("tcpstates -w", "with room for IPv6 addresses"),
      ("tcpstates -L 80,81", "local ports 80 and 81 only"),
      ("tcpstates -D 443", "remote port 443 only"),
      ("tcpstates -s", "CSV"),
      ("tcpstates -p 181", "sockets of process 181 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var network: NetworkOptions
  @OptionGroup var ports: PortOptions

  @Flag(
    name: [.customShort("T"), .long, .customLong("time")], help: "Print the time of day.")
  var timestamp = false

  @Flag(
    name: [.customShort("t"), .long], help: "Print the seconds since the start.")
  var elapsed = false

  @Flag(name: .shortAndLong, help: "Print wider columns that fit IPv6 addresses.")
  var wide = false

  @Flag(name: [.customShort("s"), .long], help: "Short for --format csv.")
  var csv = false

  @Flag(name: [.customShort("Y"), .long], help: "Not supported; use systemd-cat.")
  var journal = false

  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if journal {
      throw ValidationError("--journal is not supported; pipe the output to systemd-cat.")
    }
    if csv { try stream.run.chooseCSV() }
  }

  static let recordType = "state"
  static var image: ObjectImage { ObjectImage(tcpstates_image()) }
  var plans: [HookPlan] { HookPlan.tcpSessions() }

  func wireConfiguration() -> tcpstates_config {
    var config = tcpstates_config()
    config.network = network.wire
    config.local_ports = ports.local
    config.remote_ports = ports.remote
    return config
  }

  var columns: [Column<Record<tcpstates_event>>] {
    [
      .time(presence: .when(timestamp)),
      .elapsed(width: 8, decimals: 6, presence: .when(elapsed)),
      Column("socket", "SKADDR", width: 16) { $1.text(String($0.event.socket, radix: 16)) },
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(width: wide ? 16 : 10, isCut: true),
      .ip(presence: .when(wide)),
    ] + Column.localAndRemote(width: wide ? 26 : 15) + [
      Column("old_state", "OLDSTATE", width: 11) { $1.tcpState($0.event.old_state) },
      Column("new_state", "-> NEWSTATE", width: 14) {
        $1.tcpState($0.event.new_state, table: "-> ")
      },
      Column("duration_ms", "MS", width: 8) {
        $1.milliseconds(unlessZero: $0.event.duration_ns)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.event.netns) },
    ] + Column.identity()
  }
}

extension tcpstates_config: @retroactive ConfigurationLayout {}
extension tcpstates_event: @retroactive SocketLayout {}
