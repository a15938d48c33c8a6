import BPFObjects
import TraceKit

@main
struct Swapin: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "swapin", "Count what processes bring back from swap.",
    examples: [
      ("swapin", "a table every second"),
      ("swapin 5 10", "ten tables, one every 5 seconds"),
      ("swapin -T", "without the time"),
      ("swapin -p 185", "process 185 only"),
      ("swapin --columns +pages 60", "with the pages, every minute"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var summary: SwapinOptions<Letters>

  static let subject = "swap-ins"
  let recordType = "swapin"
  var heading: SummaryHeading { summary.noTime ? .columnsApart : .timeAndColumns }
  static var image: ObjectImage { ObjectImage(swapin_image()) }

  var plans: [HookPlan] {
    [
      HookPlan(.fentry, ["fentry_read_folio|fentry_readpage"]),
      HookPlan(.kprobe, ["kprobe_read_folio"]),
      HookPlan(.kprobe, ["kprobe_readpage"]),
    ]
      + HookPlan.tracepoints(["bio_queue"]).map {
        $0.withCaveat("what comes back from memory (zswap) or over a network is not counted")
      }
  }

  func wireConfiguration() -> swapin_config {
    var config = swapin_config()
    config.page_shift = Pages.shift
    return config
  }

  func source(_ session: Session) throws(BPFError) -> TotalsSummary<swapin_key, swapin_totals> {
    try TotalsSummary(session) { $0.count }
  }

  var columns: [Column<SummaryTotals<swapin_key, swapin_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("comm", "COMM", width: 16, role: .key) { $1.text(cString: $0.key.comm) },
      Column("pid", "PID", width: 6) { $1.integer($0.key.pid) },
      Column("count", "COUNT", width: 8, role: .total) { $1.integer($0.count) },
      Column("pages", "PAGES", width: 8, presence: .hidden, role: .total) {
        $1.integer($0.totals.pages)
      },
    ]
  }
}

/// A table every second by default, as in bcc.
final class SwapinOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @OptionGroup var intervals: IntervalOptions

  @Flag(
    name: [.customShort("T"), .customLong("notime")], help: "Do not print the time of each table.")
  var noTime = false

  @OptionGroup(title: "Filters") var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") var recording: RecordingOptions

  var seconds: Double? { intervals.seconds ?? 1 }
  var times: Int? { intervals.times }
  var limit: Int { .max }
}

extension swapin_config: @retroactive ConfigurationLayout {}
