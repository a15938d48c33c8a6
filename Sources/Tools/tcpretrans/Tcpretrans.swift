import BPFObjects
import TraceKit

@main
struct Tcpretrans: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcpretrans", "Trace or count TCP retransmissions.",
    examples: [
      ("tcpretrans", "trace all retransmissions"),
      ("tcpretrans -l", "with tail loss probes"),
      ("tcpretrans -s", "with sequence numbers"),
      ("tcpretrans -c", "count them by flow"),
      ("tcpretrans -4", "IPv4 only"),
      ("tcpretrans --syn-ack", "with retransmitted SYN-ACKs"),
    ])

  enum Letters: OptionLetters {}

  @Flag(name: .shortAndLong, help: "Print the sequence numbers.")
  var sequence = false

  @Flag(name: .shortAndLong, help: "Include tail loss probes.")
  var lossprobe = false

  @Flag(name: .shortAndLong, help: "Count by flow, and print the counts at the end.")
  var count = false

  @Flag(help: "Include retransmitted SYN-ACKs.")
  var synAck = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "retransmission"
  static var image: ObjectImage { ObjectImage(tcpretrans_image()) }

  var plans: [HookPlan] {
    let programs = ["retransmit"] + (synAck ? ["syn_ack"] : [])
    guard lossprobe else { return HookPlan.tcpSessions(with: programs) }
    return [
      .tcpSessions(with: programs, .fentry, "loss_probe"),
      .tcpSessions(with: programs, .kprobe, "loss_probe_kprobe"),
    ]
  }

  func wireConfiguration() -> tcpretrans_config {
    var config = tcpretrans_config()
    config.network = network.wire
    config.counts = count ? 1 : 0
    return config
  }

  func trace() throws -> Int32 {
    guard count else { return try traceEvents() }
    return try traceCounts(columns: countColumns, room: 65_536)
  }

  var columns: [Column<Record<tcpretrans_event>>] {
    [
      .time(presence: .shown),
      .elapsed(width: 8, decimals: 3, presence: .hidden),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(presence: .hidden),
      Column("ip", "IP", width: 2, role: .key) { $1.integer($0.event.flow.endpoints.version) },
      Column("local", "LADDR:LPORT", width: 20) { $1.sourceWithPort($0.event.flow.endpoints) },
      Column("kind", "T>", width: 2, role: .key) { $1.kind($0.event.flow) },
      Column("remote", "RADDR:RPORT", width: 20) {
        $1.destinationWithPort($0.event.flow.endpoints)
      },
    ] + Column.hiddenEnds { $0.event.flow.endpoints } + [
      Column("state", "STATE", width: 12, role: .key) { $1.tcpState($0.event.state) },
      Column("seq", "SEQ", width: 10, presence: .when(sequence)) {
        if $0.event.flow.kind == RETRANSMIT { $1.integer($0.event.sequence) } else { $1.none() }
      },
      Column("segments", "SEGS", width: 4, presence: .hidden, role: .total) {
        $1.integer($0.event.segments)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.event.flow.netns) },
    ] + Column.identity()
  }

  /// The rows of `tcpretrans -c`.
  var countColumns: [Column<CountedKey<tcpretrans_flow>>] {
    [
      Column("local", "LADDR:LPORT", width: 25) { $1.sourceWithPort($0.key.endpoints) },
      Column("remote", "RADDR:RPORT", width: 25) { $1.destinationWithPort($0.key.endpoints) },
      Column("kind", "T>", width: 2, presence: .when(lossprobe || synAck), role: .key) {
        $1.kind($0.key)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.key.netns) },
      Column("retransmits", "RETRANSMITS", width: 10, role: .total) { $1.integer($0.count) },
    ]
  }
}

extension Cell {
  fileprivate func kind(_ flow: tcpretrans_flow) {
    switch flow.kind {
    case UInt32(RETRANSMIT_PROBE): literal("probe", table: "L>")
    case UInt32(RETRANSMIT_SYN_ACK): literal("syn_ack", table: "S>")
    default: literal("retransmit", table: "R>")
    }
  }
}

extension tcpretrans_config: @retroactive ConfigurationLayout {}
extension tcpretrans_event: @retroactive EventLayout {}
