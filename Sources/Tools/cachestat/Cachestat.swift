import BPFObjects
import Glibc
import TraceKit

@main
struct Cachestat: SampleTool {
  static let configuration = CommandConfiguration.tool(
    "cachestat", "Count hits and misses of the page cache.",
    examples: [
      ("cachestat", "a line every second"),
      ("cachestat -T", "with the time"),
      ("cachestat 5 10", "ten lines, one every 5 seconds"),
      ("cachestat --pid 181", "what process 181 reads"),
      ("cachestat 3600 -- make", "what a command reads, in one line"),
    ])

  enum Letters: OptionLetters {}

  @OptionGroup var sample: SampleOptions<Letters>

  static let recordType = "cache"
  static var image: ObjectImage { ObjectImage(cachestat_image()) }

  var plans: [HookPlan] { HookPlan.pageCache() }

  func wireConfiguration() -> cachestat_config {
    var config = cachestat_config()
    config.page_shift = Pages.shift
    return config
  }

  var columns: [Column<Sample<page_counts>>] {
    [
      .time(presence: .when(sample.timestamp)),
      Column("hits", "HITS", width: 8, alignment: .right, role: .total) {
        $1.integer($0.counts.hits)
      },
      Column("misses", "MISSES", width: 8, alignment: .right, role: .total) {
        $1.integer($0.counts.brought)
      },
      Column("dirties", "DIRTIES", width: 8, alignment: .right, role: .total) {
        $1.integer($0.counts.dirtied)
      },
      Column("hit_ratio_percent", "HITRATIO", width: 8, alignment: .right) { sample, cell in
        cell.percentage(sample.counts.hits, of: sample.counts.read)
      },
      Column("buffers_mb", "BUFFERS_MB", width: 12, alignment: .right, role: .level) {
        $1.integer(MemoryUse.buffers.bytes >> 20)
      },
      Column("cached_mb", "CACHED_MB", width: 10, alignment: .right, role: .level) {
        $1.integer(MemoryUse.cached.bytes >> 20)
      },
    ]
  }
}

extension cachestat_config: @retroactive ConfigurationLayout {}
