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

  @OptionGroup var device: DeviceOptions

  @Flag(name: .shortAndLong, help: "Print bytes and packets per second.")
  var throughput = false

  @OptionGroup var summary: TasklessSummaryOptions<Letters>

  func validate() throws {
    if !summary.run.onlyAnswers { try device.require() }
  }

  static let subject = "packets"
  let recordType = "queue"
  static var image: ObjectImage { ObjectImage(netqtop_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["transmit", "receive"]) }

  func wireConfiguration() -> netqtop_config {
    var config = netqtop_config()
    config.device = device.wire
    return config
  }

  func source(_ session: Session) throws(BPFError) -> QueueSummary {
    try QueueSummary(
      session, queues: device.device.queues, isTotaled: summary.run.outputFormat == .table)
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
      Column("direction", "DIRECTION", width: 9, presence: .hidden, role: .key) {
        $1.text($0.isReceived ? "rx" : "tx")
      },
      Column("queue", " QueueID", width: 11, role: .key) { row, cell in
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
      Column("packets", "PACKETS", width: 10, presence: .hidden, role: .total) {
        $1.integer($0.totals.packets)
      },
      Column("segments", "SEGMENTS", width: 10, presence: .hidden, role: .total) {
        $1.integer($0.totals.segments)
      },
      Column("bytes", "BYTES", width: 10, presence: .hidden, role: .total) {
        $1.integer($0.totals.bytes)
      },
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
