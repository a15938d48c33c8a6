import BPFObjects
import TraceKit

@main
struct Bindsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "bindsnoop", "Trace binds of IPv4 and IPv6 sockets to an address and a port.",
    examples: [
      ("bindsnoop", "trace all successful binds"),
      ("bindsnoop -t", "with the time of day"),
      ("bindsnoop -x", "include failed binds"),
      ("bindsnoop -p 1216", "process 1216 only"),
      ("bindsnoop -c /sys/fs/cgroup/a", "this cgroup only"),
      ("bindsnoop -P 80,81", "ports 80 and 81 only"),
      ("bindsnoop -U", "with the user"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let uid: Character? = "u"
    static let cgroup: Character? = "c"
    static let cgroupMap: Character? = "C"
    static let mountNamespaceMap: Character? = "M"
  }

  @Flag(name: .shortAndLong, help: "Print a time column (HH:MM:SS).")
  var timestamp = false

  @Flag(
    name: [.customShort("x"), .customLong("failed"), .customShort("E"), .customLong("errors")],
    help: "Include failed binds.")
  var failed = false

  @Flag(name: [.customShort("U"), .long], help: "Print a UID column.")
  var printUid = false

  @Option(
    name: [.customShort("P"), .customLong("ports"), .customLong("port")], parsing: .unconditional,
    help: "Trace these ports only, separated by commas.", transform: Parse.ports)
  var ports: [UInt16]?

  @OptionGroup var network: NetworkOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "bind"
  static var image: ObjectImage { ObjectImage(bindsnoop_image()) }
  var plans: [HookPlan] { HookPlan.systemCallExits(of: ["bind"], needsTypes: true) }

  func wireConfiguration() -> bindsnoop_config {
    var config = bindsnoop_config()
    config.network = network.wire
    config.ports = port_list(ports)
    config.with_failures = failed ? 1 : 0
    return config
  }

  var columns: [Column<Record<bindsnoop_event>>] {
    [
      .time(presence: .when(timestamp)),
      .elapsed(width: 8, decimals: 3, presence: .hidden),
      .uid(width: 5, presence: .when(printUid)),
      .pid(width: 7),
      .comm(),
    ] + Column.outcome(width: 3) { "\($0.result)" } + [
      Column("proto", "PROTO", width: 5, role: .key) { $1.text($0.event.protocolName) },
      Column("opts", "OPTS", width: 5) { $1.text($0.event.optionLetters) },
      Column("interface", "IF", width: 4, role: .key) { $1.integer($0.event.interface) },
    ] + Column.localEnd(width: 0) + Column.socketDetails() + Column.identity()
  }
}

extension bindsnoop_event {
  /// A letter for each option that is set, and a dot for each other one.
  fileprivate var optionLetters: String {
    let letters: [(bit: Int32, letter: Character)] = [
      (BIND_FREEBIND, "F"), (BIND_TRANSPARENT, "T"), (BIND_NO_PORT, "N"), (BIND_REUSEADDR, "R"),
      (BIND_REUSEPORT, "r"),
    ]
    return String(letters.map { options & UInt32($0.bit) != 0 ? $0.letter : "." })
  }
}

extension bindsnoop_config: @retroactive ConfigurationLayout {}
extension bindsnoop_event: @retroactive LocalEndLayout {}
