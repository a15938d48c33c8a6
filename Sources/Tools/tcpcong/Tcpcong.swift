import BPFObjects
import TraceKit

@main
struct Tcpcong: SummaryTool, HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "tcpcong", "Show how long TCP connections are in each state of congestion control.",
    examples: [
      ("tcpcong", "a table at the end"),
      ("tcpcong 1 10", "ten tables of one second"),
      ("tcpcong -L 3000-3006 1", "the local ports from 3000 to 3006"),
      ("tcpcong -R 443 1", "the remote port 443"),
      ("tcpcong -uT 1", "in microseconds, with the time"),
      ("tcpcong -d", "a histogram per state"),
    ])

  enum Letters: OptionLetters {}

  @Option(
    name: [.customShort("L"), .long], parsing: .unconditional,
    help: "Trace connections with this local port only, or with one of a range.",
    transform: Parse.portRange)
  var localport: ClosedRange<UInt16>?

  @Option(
    name: [.customShort("R"), .long], parsing: .unconditional,
    help: "Trace connections with this remote port only, or with one of a range.",
    transform: Parse.portRange)
  var remoteport: ClosedRange<UInt16>?

  @Flag(
    name: .shortAndLong, help: "Print a histogram of the durations of each state that ended.")
  var dist = false

  @Flag(name: [.customShort("u"), .long], help: "Print microseconds instead of milliseconds.")
  var microseconds = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var summary: DistributionOptions<Letters>

  var histogram: DistributionOptions<Letters> { summary }
  var common: RunOptions<Letters> { summary.run }
  static let subject = "TCP congestion control states"
  var subject: String { Self.subject }
  let recordType = "connection"
  var heading: SummaryHeading { summary.timestamp ? .timeAndColumns : .columns }
  static var image: ObjectImage { ObjectImage(tcpcong_image()) }

  func trace() throws -> Int32 { dist ? try showHistograms() : try summarize() }

  func configure(_ object: inout OpenObject) throws(BPFError) {}

  var plans: [HookPlan] {
    let functions = [
      "fastretrans_alert", "enter_cwr", "enter_loss", "enter_recovery", "process_tlp_ack",
    ]
    let tracked = functions.flatMap { ["tcp_\($0)_entry", "tcp_\($0)_exit"] }
    let isFollowed = selectsTasks(summary.filter)
    return
      (isFollowed
      ? HookPlan.tcpSessions(with: ["cong_state"])
      : HookPlan.tracepoints(["cong_state", "set_state"]))
      + [
        HookPlan(
          .fentry, ["tp_btf_set_state"] + tracked.prefix(2) + (isFollowed ? HookPlan.accepts : []),
          optional: Array(tracked.dropFirst(2)))
      ]
  }

  func wireConfiguration() -> tcpcong_config {
    var config = tcpcong_config()
    func bounds(_ ports: ClosedRange<UInt16>?) -> (UInt16, UInt16) {
      ports.map { ($0.lowerBound, $0.upperBound) } ?? (0, .max)
    }
    config.network = network.wire
    config.local_ports = bounds(localport)
    config.remote_ports = bounds(remoteport)
    config.divisor = microseconds ? 1000 : 1_000_000
    config.distribution = dist ? 1 : 0
    return config
  }

  // MARK: - Tables

  func source(_ session: Session) throws(BPFError) -> CongestionTimes {
    try CongestionTimes(session)
  }

  var columns: [Column<CongestionRow>] { columns(suffix: "", width: 21) }

  var tables: [TablePart<CongestionRow>] {
    [
      TablePart(columns) { $0.times.endpoints.version == 4 },
      TablePart(columns(suffix: "6", width: 32)) { $0.times.endpoints.version == 6 },
    ]
  }

  /// - Parameters:
  ///   - suffix: what the headers of addresses end with.
  ///   - width: of an address with its port.
  private func columns(suffix: String, width: Int) -> [Column<CongestionRow>] {
    let unit = microseconds ? "us" : "ms", isRounded = !microseconds
    func state(_ name: String, _ header: String, _ width: Int, _ number: Int) -> Column<
      CongestionRow
    > {
      Column(name + "_us", "\(header)_\(unit)", width: width) {
        $1.microseconds(nanoseconds: $0.nanoseconds[number], tableHasMilliseconds: isRounded)
      }
    }
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("local", "LAddrPort" + suffix, width: width) {
        $1.sourceWithSlash($0.times.endpoints)
      },
      Column("remote", "RAddrPort" + suffix, width: width) {
        $1.destinationWithSlash($0.times.endpoints)
      },
      state("open", "Open", 7, 0), state("disorder", "Dod", 6, 1), state("recovery", "Rcov", 7, 3),
      state("cwr", "Cwr", 7, 2), state("loss", "Los", 6, 4),
      Column("changes", "Chgs", width: 5, role: .total) { $1.integer($0.count) },
      Column("ip", "IP", width: 2, presence: .hidden, role: .key) {
        $1.integer($0.times.endpoints.version)
      },
    ] + Column.hiddenEnds { $0.times.endpoints } + [
      Column("netns", "NETNS", width: 10, presence: .hidden) { $1.integer($0.times.netns) }
    ]
  }

  // MARK: - Histograms

  var unit: HistogramUnit { microseconds ? .microseconds : .milliseconds }
  var isKeyed: Bool { dist }

  private static func name(_ state: UInt32?) -> String {
    let names = ["open", "disorder", "cwr", "recovery", "loss"]
    return names[min(Int(state ?? 0), names.count - 1)]
  }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    [Column("state", "STATE", width: 8, role: .key) { $1.text(Self.name($0.key)) }]
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    Array("tcp_congest_state = \(Self.name(histogram.key))".utf8)
  }
}

extension tcpcong_config: @retroactive ConfigurationLayout {}
