import BPFObjects
import TraceKit

@main
struct Dropsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "dropsnoop", "Trace or count packets that the kernel drops, and why.",
    examples: [
      ("dropsnoop", "trace all drops, of any protocol"),
      ("dropsnoop -c", "count them by reason"),
      ("dropsnoop -c --by-place", "by reason and place in the kernel"),
      ("dropsnoop --protocol udp", "UDP only"),
      ("dropsnoop --reason SOCKET_RCVBUFF", "one reason only"),
      ("dropsnoop --interface eth0", "one interface only"),
      ("dropsnoop -K", "with the kernel stack of each"),
    ])

  enum Letters: OptionLetters {}

  @Flag(name: .shortAndLong, help: "Count drops by reason.")
  var count = false

  @Flag(help: "Count drops by the place in the kernel too.")
  var byPlace = false

  @Option(
    name: .customLong("protocol"), parsing: .unconditional,
    help: "Trace packets of this protocol only: a name such as udp or arp, or a number.",
    transform: PacketProtocol.init)
  var packetProtocol: PacketProtocol?

  @Option(
    parsing: .unconditional,
    help: "Trace packets that are dropped for this reason only: a name or a number.",
    completion: .dropReason, transform: { try DropReasons().number(of: $0) })
  var reason: UInt32?

  @Option(
    parsing: .unconditional, help: "Trace packets of the interface with this name only.",
    completion: .interface, transform: Parse.interface)
  var interface: String?

  @Flag(name: [.customShort("K"), .long], help: "Print the kernel stack of each drop.")
  var kernelStack = false

  @OptionGroup var depth: StackDepth
  @OptionGroup var packets: PacketOptions
  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if byPlace, !count { throw ValidationError("--by-place needs --count.") }
    if count, kernelStack { throw ValidationError("--count and -K cannot be combined.") }
  }

  static let recordType = "drop"
  static var image: ObjectImage { ObjectImage(dropsnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.tcpSessions(with: ["kfree_skb"], optional: ["drop_function"])
  }

  func wireConfiguration() -> drop_config {
    var config = packets.wire
    if kernelStack { config.stacks = depth.kernelStacks }
    config.reason = reason ?? 0
    config.ip_protocol = packetProtocol?.ip ?? 0
    config.ethertype = packetProtocol?.link ?? 0
    config.only(interface: interface)
    config.counts = count ? byPlace ? 2 : 1 : 0
    return config
  }

  func trace() throws -> Int32 {
    let queues = NetworkCounters(
      ["TcpExtListenOverflows", "TcpExtListenDrops"], namespace: packets.namespace)
    let status = count ? try traceCounts(columns: countColumns, room: 8192) : try traceEvents()
    let grown = queues.growth().filter { $0.count > 0 }
    if !grown.isEmpty, !isReplay {
      tell(
        "\(Self.name): listen queues, which may refuse a connection without a drop: "
          + grown.map { "\($0.name) \($0.count)" }.joined(separator: ", "))
    }
    return status
  }

  private var reasons: DropReasons { DropReasons(typesFile: stream.run.typesFile) }

  private var countColumns: [Column<CountedKey<drop_kind>>] {
    let reasons = reasons, places = KernelPlaces(tool: Self.name)
    return [
      Column("count", "COUNT", width: 10, alignment: .right, role: .total) { $1.integer($0.count) },
      Column("reason", "REASON", width: 24, role: .key) {
        $1.textOrNone(reasons.name(of: $0.key.reason))
      },
      Column("code", "(CODE)", width: 8) { $1.reasonCode($0.key.reason) },
      Column("place", "PLACE", width: 0, presence: .when(byPlace)) {
        $1.textOrNone(places.name(of: $0.key.place))
      },
    ]
  }

  var columns: [Column<Record<drop_event>>] {
    [
      .time(presence: .shown),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7, presence: .hidden),
      .comm(presence: .hidden),
      Column("protocol", "PROTO", width: 6, role: .key) { $1.packetProtocol($0.event) },
    ] + Column.packetEnds() + Column.packetInterface(presence: .shown)
      + [
        .packetLength(presence: .hidden),
        Column("state", "STATE", width: 11, presence: .hidden, role: .key) {
          $1.tcpState(UInt32($0.event.state))
        },
        Column("flags", "(FLAGS)", width: 10, presence: .hidden) {
          $0.event.ip_protocol == 6 && $0.event.has_ports != 0
            ? $1.tcpFlags(UInt32($0.event.flags)) : $1.none()
        },
      ] + Column.dropReason(reasons, width: 16, code: .hidden)
      + [.dropPlace(KernelPlaces(tool: Self.name), presence: .shown)] + Column.identity()
      + (kernelStack ? [.kernelStack(tool: Self.name, depth) { $0.stacks }] : [])
  }
}
