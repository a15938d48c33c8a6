import BPFObjects
import TraceKit

@main
struct Xdptop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "xdptop", "Show what a network device receives and sends, the most first.",
    examples: [
      ("xdptop -n eth0", "a table every second"),
      ("xdptop -n eth0 5 10", "ten tables of 5 seconds"),
      ("xdptop -n eth0 --rx --by source", "who sends most to this machine"),
      ("xdptop -n eth0 --by protocol", "by protocol"),
      ("xdptop -n eth0 -s packets", "the most packets first"),
      ("xdptop -n eth0 -P 53 --protocol udp", "DNS only"),
      ("xdptop -n eth0 --pid-netns 181", "in the network namespace of process 181"),
    ])

  enum Letters: OptionLetters {}

  @OptionGroup var device: DeviceOptions

  @Option(
    parsing: .unconditional,
    help: """
      Tell packets apart by these, separated by commas: source, destination, protocol and \
      ports (default: all).
      """,
    completion: .list(FlowPart.allValueStrings), transform: Parse.names)
  var by: Set<FlowPart> = Set(FlowPart.allCases)

  @Flag(help: "Count what the device receives only.")
  var rx = false

  @Flag(help: "Count what the device sends only.")
  var tx = false

  @Flag(name: [.customShort("4"), .long], help: "Count IPv4 only.")
  var ipv4 = false

  @Flag(name: [.customShort("6"), .long], help: "Count IPv6 only.")
  var ipv6 = false

  @Option(
    name: .customLong("protocol"), parsing: .unconditional,
    help: "Count packets of this protocol only, such as tcp or arp.",
    transform: PacketProtocol.init)
  var packetProtocol: PacketProtocol?

  @Option(
    name: [.customShort("P"), .long], parsing: .unconditional,
    help: "Count packets from or to these ports only, separated by commas.",
    transform: Parse.ports)
  var port: [UInt16]?

  @OptionGroup var ranked: TasklessRankedOptions<Letters>

  func validate() throws {
    if rx, tx { throw ValidationError("--rx and --tx cannot be combined.") }
    if ipv4, ipv6 { throw ValidationError("--ipv4 and --ipv6 cannot be combined.") }
    if !ranked.run.onlyAnswers { try device.require() }
  }

  static let recordType = "flow"
  static var image: ObjectImage { ObjectImage(xdptop_image()) }
  static let orders = [
    RankedOrder<FlowColumns.Row>("bytes", by: [\.totals.bytes, \.totals.packets]),
    RankedOrder<FlowColumns.Row>("packets", key: "k", by: [\.totals.packets, \.totals.bytes]),
  ]

  static func events(_ totals: xdptop_totals) -> UInt64 { totals.packets }

  static func merged(
    _ rows: [(key: xdptop_key, value: xdptop_totals)]
  ) -> [(key: xdptop_key, value: xdptop_totals)] {
    rows.summed(unifying: { $0.cpu = 0 }) {
      $0.packets += $1.packets
      $0.bytes += $1.bytes
    }
  }

  var showsLoad: Bool { false }

  /// The last one takes the place that one program only can have, so it is for who asks for it.
  var plans: [HookPlan] {
    let device = device.device
    var probes: [Probe] = []
    if !tx { probes.append(Probe("received", device, .ingress)) }
    if !rx { probes.append(Probe("sent", device, .egress)) }
    return [HookPlan(.tcx, probes: probes, readsTypes: false)]
      + HookPlan.tracepoints(["receive", "transmit"])
      + [HookPlan(.xdp, probes: [Probe("arrived", device, .arrival)], readsTypes: false)]
  }

  func wireConfiguration() -> xdptop_config {
    var config = xdptop_config()
    config.device = device.wire
    config.ports = port_list(port)
    config.link_size = device.device.linkSize
    config.version = ipv4 ? 4 : ipv6 ? 6 : 0
    config.distinct = by.reduce(0) { $0 | $1.bit }
    config.directions = UInt32((tx ? 0 : XDPTOP_RECEIVED) | (rx ? 0 : XDPTOP_SENT))
    config.ethertype = packetProtocol?.link ?? 0
    config.ip_protocol = packetProtocol?.ip ?? 0
    return config
  }

  var columns: [Column<FlowColumns.Row>] { FlowColumns(by: by).all(width: 21) }

  var tables: [TablePart<FlowColumns.Row>] {
    [
      TablePart(columns) { $0.key.endpoints.version != 6 },
      TablePart(FlowColumns(by: by).all(width: 47)) { $0.key.endpoints.version == 6 },
    ]
  }
}

extension xdptop_config: @retroactive ConfigurationLayout {}
