import BPFObjects
import TraceKit

@main
struct Tcprtt: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "tcprtt", "Summarize the round trip time of TCP connections as a histogram.",
    examples: [
      ("tcprtt", "one histogram at the end"),
      ("tcprtt -i 1 -d 10", "every second, for ten"),
      ("tcprtt -mT -i 1", "in milliseconds, with the time"),
      ("tcprtt -p 443", "connections to the local port 443"),
      ("tcprtt -P 5432 -A 10.0.0.0/8", "to the port 5432 of these hosts"),
      ("tcprtt -B", "a histogram per remote address"),
      ("tcprtt -e", "with the average"),
    ])

  enum Letters: OptionLetters {
    static let duration: Character? = "d"
    static let `extension`: Character? = "e"
  }

  @Flag(
    name: [.customShort("m"), .customLong("milliseconds"), .customLong("millisecond")],
    help: "Count in milliseconds instead of microseconds.")
  var milliseconds = false

  @Option(
    name: [.customShort("p"), .long], parsing: .unconditional,
    help: "Trace connections with these local ports only.", transform: Parse.ports)
  var lport: [UInt16]?

  @Option(
    name: [.customShort("P"), .long], parsing: .unconditional,
    help: "Trace connections with these remote ports only.", transform: Parse.ports)
  var rport: [UInt16]?

  @Option(
    name: [.customShort("a"), .long], parsing: .unconditional,
    help: "Trace connections with this local address, or subnet, only.",
    transform: Subnet.init)
  var laddr: Subnet?

  @Option(
    name: [.customShort("A"), .long], parsing: .unconditional,
    help: "Trace connections with this remote address, or subnet, only.",
    transform: Subnet.init)
  var raddr: Subnet?

  @Flag(name: [.customShort("b"), .long], help: "Print a histogram for each local address.")
  var byladdr = false

  @Flag(name: [.customShort("B"), .long], help: "Print a histogram for each remote address.")
  var byraddr = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var histogram: RegularDistributionOptions<Letters>

  func validate() throws {
    let versions = [laddr?.version, raddr?.version, network.version].compactMap { $0 }
    if Set(versions).count > 1 {
      throw ValidationError("--laddr and --raddr: IPv4 and IPv6 cannot be combined.")
    }
  }

  var subject: String { "TCP RTT" }
  var unit: HistogramUnit { milliseconds ? .milliseconds : .microseconds }
  static var image: ObjectImage { ObjectImage(tcprtt_image()) }
  static let titlesAll = true
  var isKeyed: Bool { byladdr || byraddr }

  var plans: [HookPlan] {
    HookPlan.tcpSessions(with: ["probe"], followed: selectsTasks(histogram.filter))
  }

  func wireConfiguration() -> tcprtt_config {
    var config = tcprtt_config()
    config.network = network.wire
    config.local_ports = port_list(lport)
    config.remote_ports = port_list(rport)
    config.local = subnet(laddr)
    config.remote = subnet(raddr)
    config.by = UInt32(
      byladdr ? TCPRTT_LOCAL_ADDRESS : byraddr ? TCPRTT_REMOTE_ADDRESS : TCPRTT_ALL)
    let isFiltered = laddr != nil || raddr != nil || lport != nil || rport != nil
    config.reads_ends = isKeyed || isFiltered || !network.isEmpty ? 1 : 0
    config.divisor = milliseconds ? 1000 : 1
    return config
  }

  var keyColumns: [Column<KeyedHistogram<tcprtt_key>>] {
    guard isKeyed else { return [] }
    return [
      Column(byladdr ? "laddr" : "raddr", "ADDRESS", width: 15) { row, cell in
        let key = row.key ?? tcprtt_key()
        cell.address(key.address, version: key.version)
      }
    ]
  }

  func heading(_ histogram: KeyedHistogram<tcprtt_key>) -> [UInt8] {
    var text = "All Addresses = ****** "
    if let key = histogram.key {
      let address = Subnet.text(key.address, version: key.version)
      text = "\(byladdr ? "Local" : "Remote") Address = \(address) "
    }
    if self.histogram.extension { text += "[AVG \(histogram.histogram.average)]" }
    return Array(text.utf8)
  }
}

extension tcprtt_config: @retroactive ConfigurationLayout {}
