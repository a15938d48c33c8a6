import BPFObjects
import TraceKit

@main
struct Numamove: SummaryTool, HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "numamove", "Count migrations of pages to the NUMA node that uses them.",
    examples: [
      ("numamove", "a line every second"),
      ("numamove 5 10", "ten lines, one every 5 seconds"),
      ("numamove --columns +pages,+failed", "with the pages"),
      ("numamove -d 60", "a histogram of their times, every minute"),
      ("numamove -p 185", "those for process 185 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(
    name: [.customShort("d"), .customLong("distributed"), .customLong("dist")],
    help: "Print a histogram of the times instead of their sum.")
  var distributed = false

  @OptionGroup var summary: DistributionSettings<Letters, EverySecond>

  func validate() throws {
    guard !distributed, summary.percentiles || summary.extension else { return }
    throw ValidationError("--percentiles and --extension need -d.")
  }

  static let subject = "migrations of pages"
  var subject: String { Self.subject }
  let recordType = "migrations"
  var heading: SummaryHeading { .columnsOnce }
  static var image: ObjectImage { ObjectImage(numamove_image()) }

  var plans: [HookPlan] {
    let functions = ["begins", "ends"].map {
      "migrate_misplaced_folio_\($0)|migrate_misplaced_page_\($0)"
    }
    return [HookPlan(.fentry, functions + ["pages_moved"])]
      + [HookKind.typedTracepoint, .rawTracepoint].map { kind in
        let (start, end) = ("\(kind.rawValue)_start", "\(kind.rawValue)_end")
        // Without a start there are no times.
        return distributed
          ? HookPlan(kind, [start, end]) : HookPlan(kind, [end], optional: [start])
      }
  }

  func trace() throws -> Int32 { distributed ? try showHistograms() : try summarize() }

  func configure(_ object: inout OpenObject) throws(BPFError) {}

  func wireConfiguration() -> numamove_config {
    var config = numamove_config()
    config.distribution = distributed ? 1 : 0
    config.divisor = 1000
    return config
  }

  func source(_ session: Session) throws(BPFError) -> MigrationSummary {
    try MigrationSummary(session)
  }

  var columns: [Column<Migrations>] {
    func column(
      _ name: String, _ header: String, value: @escaping @Sendable (numamove_totals) -> UInt64
    ) -> Column<Migrations> {
      Column(name, header, width: 10, alignment: .right, presence: .hidden, role: .total) {
        $1.integer(value($0.totals))
      }
    }
    return [
      Column("time", "TIME", width: 10) { $1.time($0.time) },
      Column("migrations", "NUMA_migrations", width: 18, alignment: .right, role: .total) {
        $1.integer($0.totals.count)
      },
      Column("migrations_ms", "NUMA_migrations_ms", width: 18, alignment: .right) {
        let totals = $0.totals
        let isKnown = totals.timed > 0 || totals.count == 0
        isKnown ? $1.milliseconds(totals.total_ns, decimals: 3) : $1.none()
      },
      Column("max_ms", "MAX_ms", width: 10, alignment: .right, presence: .hidden) {
        $1.milliseconds($0.totals.max_ns, decimals: 3)
      },
      column("pages", "PAGES") { $0.pages },
      column("failed", "FAILED") { $0.failed },
    ]
  }

  // MARK: - Histograms

  var histogram: DistributionSettings<Letters, EverySecond> { summary }
  var common: RunOptions<Letters> { summary.run }
  var unit: HistogramUnit { .microseconds }
  var isKeyed: Bool { false }
  var keyColumns: [Column<KeyedHistogram<numamove_key>>] { [] }
  func heading(_ histogram: KeyedHistogram<numamove_key>) -> [UInt8] { [] }
}

/// The migrations of an interval.
struct Migrations: SummaryRow {
  let totals: numamove_totals
  let time: UInt64
  var count: UInt64 { totals.count }
}

/// A row for each interval, also where nothing migrated.
final class MigrationSummary: SummarySource {
  private let totals: TotalsReader<numamove_key, numamove_totals>

  init(_ session: Session) throws(BPFError) {
    totals = try TotalsReader(session) { $0.count }
  }

  func take() throws -> [Migrations] {
    var sum = numamove_totals()
    for (_, more) in try totals.take() {
      sum.count += more.count
      sum.timed += more.timed
      sum.total_ns += more.total_ns
      sum.max_ns = max(sum.max_ns, more.max_ns)
      sum.pages += more.pages
      sum.failed += more.failed
    }
    return [Migrations(totals: sum, time: EventClock.now)]
  }

  func stop() { totals.stop() }

  func ledger() throws -> Ledger { try totals.ledger() }
}

/// As in libbpf-tools, which has no argument.
final class EverySecond: SummaryIntervals {
  @OptionGroup var given: IntervalOptions

  var seconds: Double? { given.seconds ?? 1 }
  var times: Int? { given.times }
}

extension numamove_config: @retroactive ConfigurationLayout {}
