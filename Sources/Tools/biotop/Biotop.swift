import BPFObjects
import TraceKit

@main
struct Biotop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "biotop", "Show which processes do the most block device I/O.",
    examples: [
      ("biotop", "a table every second"),
      ("biotop 5 10", "ten tables of 5 seconds"),
      ("biotop -C", "one table below the other"),
      ("biotop -s time -r 5", "the 5 that waited longest"),
      ("biotop -p 181", "process 181 only"),
      ("biotop -d sdc", "one disk only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this disk only.",
    completion: .disk, transform: Disks.number)
  var disk: Disks.Number?

  @OptionGroup var ranked: RankedOptions<Letters>

  static let recordType = "process"
  static var image: ObjectImage { ObjectImage(biotop_image()) }
  static let orders = [
    RankedOrder<Row>("all", by: [\.totals.bytes, \.totals.requests, \.totals.latency_ns]),
    RankedOrder<Row>("io", by: [\.totals.requests, \.totals.bytes]),
    RankedOrder<Row>("bytes", by: [\.totals.bytes, \.totals.requests]),
    RankedOrder<Row>("time", by: [\.totals.latency_ns, \.totals.bytes]),
  ]

  static func events(_ totals: biotop_totals) -> UInt64 { totals.requests }

  var plans: [HookPlan] { HookPlan.blockRequests() }

  func wireConfiguration() -> biotop_config {
    var config = biotop_config()
    config.disk.only(disk)
    return config
  }

  var columns: [Column<RankedRow<biotop_key, biotop_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("pid", "PID", width: 7) { $1.integer($0.key.pid) },
      Column("comm", "COMM", width: 16, role: .key) {
        $1.submitter(cString: $0.key.comm, isWriteback: $0.key.is_writeback != 0)
      },
      Column("operation", "D", width: 1, isCut: true, role: .key) {
        $1.operation($0.key.operation)
      },
      Column("major", "MAJ", width: 3) { $1.integer($0.key.disk.major) },
      Column("minor", "MIN", width: 3) { $1.integer($0.key.disk.minor) },
      Column("disk", "DISK", width: 8, role: .key) { $1.disk($0.key.disk) },
      Column("io", "I/O", width: 5, alignment: .right, role: .total) {
        $1.integer($0.totals.requests)
      },
      Column("bytes", "Kbytes", width: 7, alignment: .right, role: .total) {
        $1.kilobytes($0.totals.bytes)
      },
      Column("avg_ms", "AVGms", width: 6, alignment: .right) {
        $1.milliseconds($0.totals.latency_ns / max($0.totals.requests, 1), decimals: 2)
      },
      Column("latency_ms", "ALLms", width: 8, alignment: .right, presence: .hidden) {
        $1.milliseconds($0.totals.latency_ns)
      },
      Column("writeback", "WB", width: 2, presence: .hidden) {
        $1.bool($0.key.is_writeback != 0)
      },
    ]
  }
}

extension biotop_config: @retroactive ConfigurationLayout {}
