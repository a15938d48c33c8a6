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

  var plans: [HookPlan] {
    let dirty = "writeback_dirty_folio|writeback_dirty_page"
    let functions = [
      "filemap_add_folio_exit|add_to_page_cache_lru_exit", "filemap_fault_exit", dirty,
      "block_touch_buffer",
    ]
    return [
      HookPlan(
        .fentry, ["filemap_read_exit", "filemap_map_pages_exit"] + functions,
        optional: ["filemap_splice_read_exit"]),
      // Before 5.12, where filemap_map_pages does not say what came of it.
      HookPlan(.fentry, ["generic_file_buffered_read_exit"] + functions),
      HookPlan(
        .typedTracepoint,
        [
          "mm_filemap_get_pages", "mm_filemap_add_to_page_cache", "mm_page_alloc", dirty,
          "mm_filemap_fault", "mm_filemap_map_pages", "block_touch_buffer",
        ]),
    ]
  }

  func wireConfiguration() -> cachestat_config {
    var config = cachestat_config()
    config.page_shift = UInt32(sysconf(Int32(_SC_PAGESIZE)).trailingZeroBitCount)
    return config
  }

  /// What is asked of the cache and need not be brought there, is found.
  private static func hits(_ counts: page_counts) -> UInt64 {
    counts.asked - min(counts.asked, counts.brought)
  }

  var columns: [Column<Sample<page_counts>>] {
    [
      .time(presence: .when(sample.timestamp)),
      Column("hits", "HITS", width: 8, alignment: .right) { $1.integer(Self.hits($0.counts)) },
      Column("misses", "MISSES", width: 8, alignment: .right) { $1.integer($0.counts.brought) },
      Column("dirties", "DIRTIES", width: 8, alignment: .right) {
        $1.integer($0.counts.dirtied)
      },
      Column("hit_ratio_percent", "HITRATIO", width: 8, alignment: .right) { sample, cell in
        let hits = Self.hits(sample.counts)
        cell.percentage(hits, of: hits + sample.counts.brought)
      },
      Column("buffers_mb", "BUFFERS_MB", width: 12, alignment: .right) {
        $1.integer(MemoryUse.buffers.bytes >> 20)
      },
      Column("cached_mb", "CACHED_MB", width: 10, alignment: .right) {
        $1.integer(MemoryUse.cached.bytes >> 20)
      },
    ]
  }
}

extension cachestat_config: @retroactive ConfigurationLayout {}
