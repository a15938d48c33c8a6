import BPFObjects
import Synchronization
import TraceKit

@main
struct Llcstat: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "llcstat", "Count references to the last-level cache and its misses, by process.",
    examples: [
      ("llcstat", "a table after ten seconds"),
      ("llcstat 20", "after twenty seconds"),
      ("llcstat -c 5000", "with a sample every 5000 events"),
      ("llcstat -t", "by thread"),
      ("llcstat -i 1", "a table every second"),
      ("llcstat -- make", "of a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(
    name: [.customShort("c"), .customLong("sample-period"), .customLong("sample_period")],
    parsing: .unconditional, help: "Take a sample every this many references, and misses.",
    transform: { try Parse.integer($0, "a period", in: 1...UInt64(Int64.max)) })
  var period: UInt64 = 100

  @Flag(name: [.customShort("t"), .long], help: "Count by thread instead of by process.")
  var threads = false

  @Option(
    parsing: .unconditional, help: "Count this event as references (default: cache-references).",
    transform: CounterEvent.named)
  var references: Sampling.Source = CounterEvent.references

  @Option(
    parsing: .unconditional, help: "Count this event as misses (default: cache-misses).",
    transform: CounterEvent.named)
  var misses: Sampling.Source = CounterEvent.misses

  @OptionGroup var summary: TimedSummaryOptions<Letters, TenSeconds>

  static let subject = "references to the cache"
  let recordType = "cache"
  var heading: SummaryHeading { .columns }
  static var image: ObjectImage { ObjectImage(llcstat_image()) }

  var plans: [HookPlan] {
    let programs = ["references": references, "misses": misses]
    return [
      HookPlan(
        .sample, ["references", "misses"],
        samplings: programs.mapValues { Sampling($0, .period(period)) })
    ]
  }

  func wireConfiguration() -> llcstat_config {
    var config = llcstat_config()
    config.per_thread = threads ? 1 : 0
    return config
  }

  func source(_ session: Session) throws(BPFError) -> CacheSummary { try CacheSummary(session) }

  func trace() throws -> Int32 {
    let status = try summarize()
    guard summary.run.outputFormat == .table, !isReplay else { return status }
    let all = CacheSummary.all.withLock { $0 }
    let (references, misses) = (all.references &* period, all.misses &* period)
    let hits = references > misses ? (references - misses) * 10_000 / references : 0
    let decimals = hits % 100
    tell(
      "\(Self.name): references \(references), misses \(misses), "
        + "hit rate \(hits / 100).\(decimals < 10 ? "0" : "")\(decimals)%")
    return status
  }

  var columns: [Column<CacheSummary.Row>] {
    let period = period
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("pid", "PID", width: 8) { $1.integer($0.key.pid) },
    ] + (threads ? [Column("tid", "TID", width: 8) { $1.integer($0.key.tid) }] : []) + [
      Column("comm", "NAME", width: 16, role: .key) { $1.text(cString: $0.key.comm) },
      Column("cpu", "CPU", width: 4) { $1.integer($0.key.cpu) },
      Column("references", "REFERENCE", width: 12, alignment: .right, role: .total) {
        $1.integer($0.totals.references &* period)
      },
      Column("misses", "MISS", width: 12, alignment: .right, role: .total) {
        $1.integer($0.totals.misses &* period)
      },
      Column("hit_percent", "HIT%", width: 7, alignment: .right) { row, cell in
        let totals = row.totals
        cell.percentage(
          totals.references - min(totals.misses, totals.references), of: totals.references)
      },
    ]
  }
}

/// As bcc.
enum TenSeconds: SummaryLength {
  static let seconds: Double? = 10
  static let help: ArgumentHelp =
    "Count for this many seconds (default: 10, or until the command ends)."
}

/// The totals of each interval, and those of all.
final class CacheSummary: SummarySource {
  typealias Row = SummaryTotals<llcstat_key, llcstat_totals>

  /// Samples of references and of misses.
  static let all = Mutex(llcstat_totals())

  private let totals: TotalsSummary<llcstat_key, llcstat_totals>

  init(_ session: Session) throws(BPFError) {
    totals = try TotalsSummary(session, by: { $0.references }) { $0.references + $0.misses }
  }

  func take() throws -> [Row] {
    let rows = try totals.take()
    Self.all.withLock { all in
      for row in rows {
        all.references += row.totals.references
        all.misses += row.totals.misses
      }
    }
    return rows
  }

  func stop() { totals.stop() }

  func ledger() throws -> Ledger { try totals.ledger() }
}

extension llcstat_config: @retroactive ConfigurationLayout {}
