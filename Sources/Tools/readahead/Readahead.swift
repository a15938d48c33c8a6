import BPFObjects
import TraceKit

@main
struct Readahead: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "readahead", "Summarize how old pages that were read ahead are when they are used.",
    examples: [
      ("readahead", "one histogram at the end"),
      ("readahead -d 30", "for 30 seconds"),
      ("readahead -i 1", "a histogram each second"),
      ("readahead --pid 181", "what is read ahead for process 181"),
      ("readahead -- grep -r pattern .", "what a command has read ahead"),
    ])

  enum Letters: OptionLetters {
    static let duration: Character? = "d"
  }

  @OptionGroup var histogram: RegularDistributionOptions<Letters>

  var subject: String { "fs read-ahead" }
  var unit: HistogramUnit { .milliseconds }
  static var image: ObjectImage { ObjectImage(readahead_image()) }
  static let titlesAll = true
  var isKeyed: Bool { false }

  var plans: [HookPlan] {
    let common = [
      "mm_filemap_add_to_page_cache", "mm_filemap_delete_from_page_cache", "block_touch_buffer",
    ]
    let functions =
      ["ra_unbounded_entry", "filemap_fault_exit", "filemap_map_pages_entry"] + common
    return [
      HookPlan(
        .rawTracepoint,
        [
          "ra_unbounded", "ra_order", "mm_filemap_get_pages", "mm_filemap_map_pages",
          "mm_filemap_fault",
        ] + common),
      HookPlan(
        .fentry, ["filemap_read_exit"] + functions,
        optional: ["ra_order_entry", "filemap_splice_read_exit"]),
      // Before 5.12.
      HookPlan(.fentry, ["generic_file_buffered_read_exit"] + functions),
    ]
  }

  func wireConfiguration() -> readahead_config {
    var config = readahead_config()
    config.page_shift = Pages.shift
    return config
  }

  /// The map of the run, which a histogram knows nothing of.
  nonisolated(unsafe) private static var map: PerCPUArray<readahead_counts>?

  func find(in session: Session) throws {
    Self.map = try PerCPUArray("readahead_counts", in: session.object)
  }

  /// What was counted since the start on all CPUs.
  private static var counts: readahead_counts {
    var sum = readahead_counts()
    for counts in (try? map?.values(at: 0)) ?? [] {
      sum.read_ahead += counts.read_ahead
      sum.used += counts.used
      sum.dropped += counts.dropped
    }
    return sum
  }

  var keyColumns: [Column<KeyedHistogram<UInt32>>] {
    [
      Column("total_pages", "TOTAL", width: 8) { $1.integer(Self.counts.read_ahead) },
      Column("unused_pages", "UNUSED", width: 8) { $1.integer(Self.counts.unused) },
      Column("dropped_pages", "DROPPED", width: 8) { $1.integer(Self.counts.dropped) },
    ]
  }

  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] {
    let counts = Self.counts
    return Array("Readahead unused/total pages: \(counts.unused)/\(counts.read_ahead)".utf8)
  }

  func line(_ histogram: KeyedHistogram<UInt32>) -> [UInt8]? {
    histogram.histogram.count == 0 ? heading(histogram) : nil
  }
}

extension readahead_counts {
  fileprivate var unused: UInt64 { read_ahead - min(read_ahead, used) }
}

extension readahead_config: @retroactive ConfigurationLayout {}
