import BPFObjects
import TraceKit

@main
struct Tcptracer: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcptracer", "Trace TCP sessions when they are connected, accepted and closed.",
    examples: [
      ("tcptracer", "trace all sessions"),
      ("tcptracer -t", "with the seconds since the start"),
      ("tcptracer -p 181", "process 181 only"),
      ("tcptracer -U", "with the user"),
      ("tcptracer -u 1000", "one user only"),
      ("tcptracer -N 4026531840", "one network namespace only"),
      ("tcptracer -6", "IPv6 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let uid: Character? = "u"
    static let cgroupMap: Character? = "C"
    static let mountNamespaceMap: Character? = "M"
  }

  @Flag(name: .shortAndLong, help: "Print the seconds since the start.")
  var timestamp = false

  @Flag(name: [.customShort("U"), .long], help: "Print a UID column.")
  var printUid = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "session"
  static var image: ObjectImage { ObjectImage(tcptracer_image()) }
  var plans: [HookPlan] { HookPlan.tcpAccepts() }

  func wireConfiguration() -> tcptracer_config {
    var config = tcptracer_config()
    config.network = network.wire
    return config
  }

  var columns: [Column<Record<tcptracer_event>>] {
    [
      .elapsed(width: 9, decimals: 3, presence: .when(timestamp)),
      .time(presence: .hidden),
      .uid(width: 6, presence: .when(printUid)),
      Column("event", "T", width: 1, role: .key) { $1.kind($0.event.kind) },
      .pid(),
      .comm(width: 16, isCut: true),
      .ip(),
      Column("saddr", "SADDR", width: 16) { $1.source($0.event.endpoints) },
      Column("daddr", "DADDR", width: 16) { $1.destination($0.event.endpoints) },
      Column("sport", "SPORT", width: 6) { $1.port($0.event.endpoints.source_port) },
      Column("dport", "DPORT", width: 6) { $1.port($0.event.endpoints.destination_port) },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.event.netns) },
    ] + Column.identity()
  }
}

extension Cell {
  fileprivate func kind(_ kind: UInt32) {
    switch Int32(bitPattern: kind) {
    case TCPTRACER_CONNECT: literal("connect", table: "C")
    case TCPTRACER_ACCEPT: literal("accept", table: "A")
    default: literal("close", table: "X")
    }
  }
}

extension tcptracer_config: @retroactive ConfigurationLayout {}
extension tcptracer_event: @retroactive SocketLayout {}
