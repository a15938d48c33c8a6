import BPFObjects
import TraceKit

@main
struct Tcpsubnet: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "tcpsubnet", "Show how much data TCP moves to and from subnets.",
    examples: [
      ("tcpsubnet", "the private networks and all others, every second"),
      ("tcpsubnet 10.80.0.0/24", "one subnet only"),
      ("tcpsubnet 10.80.0.0/24,0.0.0.0/0,::/0", "a subnet and all others"),
      ("tcpsubnet -f K", "in units of 1024 bytes"),
      ("tcpsubnet -i 5", "every 5 seconds"),
      ("tcpsubnet -J", "as JSON"),
      ("tcpsubnet --comm postgres", "the data of one command only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let json: Character? = "J"
  }

  @Argument(
    help: "Subnets of IPv4 and IPv6 separated by commas; the first that matches counts.",
    transform: { try Subnet.list($0, limit: Int(TCPSUBNET_LIST_SIZE)) })
  var subnets: [Subnet]?

  @Option(
    name: [.customShort("f"), .customLong("data-unit")],
    help: "Print data in this unit: b, k, m for bits, B, K, M for bytes (default: B).")
  var unit = ByteUnit.bytes

  @OptionGroup var network: NetworkOptions
  @OptionGroup var summary: PeriodicSummaryOptions<Letters>

  static let subject = "TCP data by subnet"
  let recordType = "subnet"
  static var image: ObjectImage { ObjectImage(tcpsubnet_image()) }
  var plans: [HookPlan] { HookPlan.tcpBytes() }

  /// Those of bcc, and what corresponds to them in IPv6.
  private static let usual =
    "127.0.0.1/32,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,0.0.0.0/0,::1/128,fc00::/7,fe80::/10,::/0"

  private func listed() throws -> [Subnet] {
    try subnets ?? Subnet.list(Self.usual, limit: Int(TCPSUBNET_LIST_SIZE))
  }

  func wireConfiguration() throws -> tcpsubnet_config {
    var config = tcpsubnet_config()
    let subnets = try listed()
    config.network = network.wire
    config.count = UInt32(subnets.count)
    withUnsafeMutableBytes(of: &config.subnets) { bytes in
      let places = bytes.bindMemory(to: subnet.self)
      for (index, subnet) in subnets.enumerated() { places[index] = subnet.wire }
    }
    return config
  }

  func source(_ session: Session) throws(BPFError) -> TotalsSummary<UInt32, byte_totals> {
    try TotalsSummary(session, by: { $0.sent + $0.received }) { $0.calls }
  }

  var columns: [Column<SummaryTotals<UInt32, byte_totals>>] {
    let names = (try? listed())?.map(\.description) ?? []
    let unit = unit
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("subnet", "SUBNET", width: 21, role: .key) { $1.text(names[Int($0.key)]) },
      Column("tx_bytes", "TX_" + unit.heading, width: 6, alignment: .right) {
        $1.bytes($0.totals.sent, table: unit)
      },
      Column("rx_bytes", "RX_" + unit.heading, width: 8, alignment: .right) {
        $1.bytes($0.totals.received, table: unit)
      },
      Column("calls", "CALLS", width: 7, alignment: .right, presence: .hidden, role: .total) {
        $1.integer($0.count)
      },
    ]
  }
}

extension tcpsubnet_config: @retroactive ConfigurationLayout {}
