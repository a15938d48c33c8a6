import BPFObjects
import TraceKit

@main
struct Biopattern: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "biopattern", "Show how random or sequential block device I/O is.",
    examples: [
      ("biopattern", "one summary at the end"),
      ("biopattern 1 10", "ten summaries of one second"),
      ("biopattern -T 1", "with the time"),
      ("biopattern -d sdc", "one disk only"),
      ("biopattern --pid 181", "the requests of process 181 only"),
    ])

  enum Letters: OptionLetters {}

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this disk only.",
    completion: .disk, transform: Disks.number)
  var disk: Disks.Number?

  @OptionGroup var summary: SampleOptions<Letters>

  static let subject = "block device I/O"
  var heading: SummaryHeading { .columnsOnce }
  let recordType = "disk"
  static var image: ObjectImage { ObjectImage(biopattern_image()) }

  var plans: [HookPlan] { HookPlan.blockIssues(withSubmitters: selectsTasks(summary.filter)) }

  func wireConfiguration() -> biopattern_config {
    var config = biopattern_config()
    config.disk.only(disk)
    return config
  }

  func source(
    _ session: Session
  ) throws(BPFError) -> TotalsSummary<disk_number, biopattern_totals> {
    try TotalsSummary(session) { $0.all }
  }

  var columns: [Column<SummaryTotals<disk_number, biopattern_totals>>] {
    [
      Column("time", "TIME", width: 9, presence: .when(summary.timestamp)) { $1.time($0.time) },
      Column("disk", "DISK", width: 7, role: .key) { $1.disk($0.key) },
      Column("random_percent", "%RND", width: 5, alignment: .right) {
        $1.percent($0.totals.random, of: $0.totals.compared)
      },
      Column("sequential_percent", "%SEQ", width: 5, alignment: .right) {
        $1.percent($0.totals.sequential, of: $0.totals.compared)
      },
      Column("count", "COUNT", width: 8, alignment: .right, role: .total) { $1.integer($0.count) },
      Column("bytes", "KBYTES", width: 10, alignment: .right, role: .total) {
        $1.kilobytes($0.totals.bytes)
      },
      Column("random", "RANDOM", width: 8, alignment: .right, presence: .hidden, role: .total) {
        $1.integer($0.totals.random)
      },
      Column(
        "sequential", "SEQUENTIAL", width: 10, alignment: .right, presence: .hidden, role: .total
      ) {
        $1.integer($0.totals.sequential)
      },
    ]
  }
}

extension biopattern_config: @retroactive ConfigurationLayout {}

extension biopattern_totals {
  var sequential: UInt64 { requests.1 }
  var random: UInt64 { requests.2 }
  /// Those with a request before them.
  var compared: UInt64 { sequential + random }
  var all: UInt64 { requests.0 + compared }
}
