import BPFObjects
import TraceKit

@main
struct Dcstat: SampleTool {
  static let configuration = CommandConfiguration.tool(
    "dcstat", "Count lookups in the dentry cache and what it does not have.",
    examples: [
      ("dcstat", "a line every second"),
      ("dcstat 5 10", "ten lines, one every 5 seconds"),
      ("dcstat --pid 181", "what process 181 looks up"),
      ("dcstat 3600 -- make", "what a command looks up, in one line"),
    ])

  enum Letters: OptionLetters {}

  @OptionGroup var sample: SampleOptions<Letters>

  static let recordType = "lookups"
  static var image: ObjectImage { ObjectImage(dcstat_image()) }

  var plans: [HookPlan] { [.dentryLookups] }

  func wireConfiguration() -> dcstat_config { dcstat_config() }

  private static func rate(
    _ key: String, _ header: String, _ count: @escaping @Sendable (lookup_counts) -> UInt64
  ) -> Column<Sample<lookup_counts>> {
    Column(key, header, width: 8, alignment: .right, role: .total) {
      $1.rate(count($0.counts), in: $0.length)
    }
  }

  var columns: [Column<Sample<lookup_counts>>] {
    [
      .time(presence: .shown),
      Self.rate("references", "REFS/s", \.references),
      Self.rate("slow", "SLOW/s", \.slow),
      Self.rate("misses", "MISS/s", \.misses),
      Column("hit_ratio_percent", "HIT%", width: 8, alignment: .right) {
        let counts = $0.counts
        let hits = counts.references - min(counts.misses, counts.references)
        // The heading has the unit already.
        let hundredths = Double(hits) * 10_000 / Double(max(counts.references, 1))
        $1.fraction(UInt64(hundredths.rounded()), per: 100, decimals: 2)
      },
    ]
  }
}

extension dcstat_config: @retroactive ConfigurationLayout {}
