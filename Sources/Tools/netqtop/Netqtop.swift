import BPFObjects
import TraceKit

@main
struct Netqtop: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "netqtop", "Show the packets of each queue of a network device, by their size.",
    examples: [
      ("netqtop -n eth0", "a table every second"),
      ("netqtop -n eth0 -i 2", "every two seconds"),
      ("netqtop -n eth0 -t", "with bytes and packets per second"),
      ("netqtop -n eth0 --pid-netns 181", "in the network namespace of process 181"),
    ])

  enum Letters: OptionLetters {}

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "The network device.",
    completion: .interface, transform: Parse.interface)
  var name: String?

  @Flag(name: .shortAndLong, help: "Print bytes and packets per second.")
  var throughput = false

  @Option(
    parsing: .unconditional,
    help: """
      The network namespace of the device: its inode number, a name of "ip netns", or a path.
      """,
    completion: .networkNamespace, transform: NetworkNamespace.number)
  var netns: UInt32?

  @Option(
    name: .customLong("pid-netns"), parsing: .unconditional,
    help: "The device is in the network namespace of this process.", completion: .process,
    transform: { try NetworkNamespace.number(ofProcess: Parse.pid($0)) })
  var pidNetns: UInt32?

  @OptionGroup var summary: TasklessSummaryOptions<Letters>

  func validate() throws {
    if netns != nil, pidNetns != nil {
      throw ValidationError("--netns and --pid-netns cannot be combined.")
    }
    if let name, namespace == NetworkNamespace.own, !NetworkDevice.exists(name) {
      throw ValidationError("--name: there is no network device '\(name)'.")
    }
    if name == nil, !summary.run.onlyAnswers {
      throw ValidationError("-n: the network device is missing.")
    }
  }

  private var namespace: UInt32 { netns ?? pidNetns ?? NetworkNamespace.own }

  static let subject = "packets"
  let recordType = "queue"
  static var image: ObjectImage { ObjectImage(netqtop_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["transmit", "receive"]) }

  func wireConfiguration() -> netqtop_config {
    var config = netqtop_config()
    withUnsafeMutableBytes(of: &config.device) { $0.copyBytes(from: (name ?? "").utf8) }
    config.netns = namespace
    return config
  }

  func source(_ session: Session) throws(BPFError) -> QueueSummary {
    let isOwn = namespace == NetworkNamespace.own
    return try QueueSummary(
      session, queues: isOwn ? NetworkDevice.queues(of: name ?? "") : (0, 0),
      isTotaled: summary.run.outputFormat == .table)
  }

  var columns: [Column<QueueRow>] {
    let sizes = ["[0, 64)", "[64, 512)", "[512, 2K)", "[2K, 16K)", "[16K, 64K)", "[64K, )"]
    let keys = ["0", "64", "512", "2k", "16k", "64k"]
    let sized = zip(sizes, keys).enumerated().map { index, size in
      Column<QueueRow>("size_" + size.1, size.0, width: 10) {
        $1.scaled($0.totals.count(ofSize: index))
      }
    }
    let presence = Column<QueueRow>.Presence.when(throughput)
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("direction", "DIRECTION", width: 9, presence: .hidden) {
        $1.text($0.isReceived ? "rx" : "tx")
      },
      Column("queue", " QueueID", width: 11) { row, cell in
        cell.integer(row.queue ?? 0, table: row.queue.map { " \($0)" } ?? " Total")
      },
      Column("avg_size", "avg_size", width: 10) {
        $1.scaled($0.totals.bytes, per: $0.totals.packets)
      },
    ] + sized.dropLast() + [
      Column("bytes_per_second", "BPS", width: 10, presence: presence) {
        $1.scaled($0.totals.bytes, per: $0.nanoseconds, of: 1_000_000_000)
      },
      Column("packets_per_second", "PPS", width: 10, presence: presence) {
        $1.scaled($0.totals.packets, per: $0.nanoseconds, of: 1_000_000_000)
      },
    ] + sized.suffix(1) + [
      Column("packets", "PACKETS", width: 10, presence: .hidden) { $1.integer($0.totals.packets) },
      Column("segments", "SEGMENTS", width: 10, presence: .hidden) {
        $1.integer($0.totals.segments)
      },
      Column("bytes", "BYTES", width: 10, presence: .hidden) { $1.integer($0.totals.bytes) },
    ]
  }

  var tables: [TablePart<QueueRow>] {
    [
      TablePart(columns, title: "TX") { !$0.isReceived },
      TablePart(columns, title: "RX") { $0.isReceived },
    ]
  }
}

extension netqtop_config: @retroactive ConfigurationLayout {}
