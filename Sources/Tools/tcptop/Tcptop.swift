import BPFObjects
import TraceKit

@main
struct Tcptop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "tcptop", "Show which TCP connections move the most data.",
    examples: [
      ("tcptop", "a table every second"),
      ("tcptop 5 10", "ten tables of 5 seconds"),
      ("tcptop -C", "one table below the other"),
      ("tcptop -s sent -r 5", "the 5 that sent most"),
      ("tcptop -p 181", "process 181 only"),
      ("tcptop -4", "IPv4 only"),
      ("tcptop -c /sys/fs/cgroup/web", "tasks of one cgroup only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let cgroup: Character? = "c"
  }

  @OptionGroup var network: NetworkOptions

  @Flag(name: [.customShort("S"), .long], help: "Omit the line with the load averages.")
  var nosummary = false

  @OptionGroup var ranked: RankedOptions<Letters>

  static let recordType = "connection"
  static var image: ObjectImage { ObjectImage(tcptop_image()) }
  static let orders = [
    RankedOrder<Row>("all", by: [{ $0.totals.sent + $0.totals.received }]),
    RankedOrder<Row>("sent", by: [\.totals.sent, \.totals.received]),
    RankedOrder<Row>("received", by: [\.totals.received, \.totals.sent]),
    RankedOrder<Row>(
      "pid", key: "i", isAscending: true,
      by: [{ UInt64($0.key.pid) }, { UInt64($0.key.endpoints.source_port) }]),
  ]

  static func events(_ totals: byte_totals) -> UInt64 { totals.calls }

  var plans: [HookPlan] { HookPlan.tcpBytes() }

  func wireConfiguration() -> tcptop_config {
    var config = tcptop_config()
    config.network = network.wire
    return config
  }

  var showsLoad: Bool { !nosummary }

  var columns: [Column<RankedRow<tcptop_key, byte_totals>>] {
    Self.columns(suffix: "", width: 21)
  }

  var tables: [TablePart<RankedRow<tcptop_key, byte_totals>>] {
    [
      TablePart(columns) { $0.key.endpoints.version == 4 },
      TablePart(Self.columns(suffix: "6", width: 51)) { $0.key.endpoints.version == 6 },
    ]
  }

  /// - Parameters:
  ///   - suffix: what the headers of addresses end with.
  ///   - width: of an address with its port.
  private static func columns(
    suffix: String, width: Int
  ) -> [Column<RankedRow<tcptop_key, byte_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("pid", "PID", width: 7) { $1.integer($0.key.pid) },
      Column("comm", "COMM", width: 12, isCut: true, role: .key) { $1.text(cString: $0.key.comm) },
      Column("ip", "IP", width: 2, presence: .hidden, role: .key) {
        $1.integer($0.key.endpoints.version)
      },
      Column("local", "LADDR" + suffix, width: width) { $1.sourceWithPort($0.key.endpoints) },
      Column("remote", "RADDR" + suffix, width: width) {
        $1.destinationWithPort($0.key.endpoints)
      },
    ] + Column.hiddenEnds(headers: ("LOCAL", "REMOTE")) { $0.key.endpoints } + [
      Column("rx_bytes", "RX_KB", width: 6, alignment: .right) {
        $1.kilobytes($0.totals.received)
      },
      Column("tx_bytes", "TX_KB", width: 6, alignment: .right) { $1.kilobytes($0.totals.sent) },
      Column("calls", "CALLS", width: 7, alignment: .right, presence: .hidden, role: .total) {
        $1.integer($0.totals.calls)
      },
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.key.netns) },
    ]
  }
}

extension tcptop_config: @retroactive ConfigurationLayout {}
