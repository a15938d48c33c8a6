import BPFObjects
import TraceKit

@main
struct Cachetop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "cachetop", "Show which processes use the page cache most.",
    examples: [
      ("cachetop", "a table every 5 seconds"),
      ("cachetop 1 10", "ten tables, one every second"),
      ("cachetop -C", "one table below the other"),
      ("cachetop -s misses -r 5", "the 5 that wait for the disk most"),
      ("cachetop -p 181", "process 181 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var ranked: RankedOptions<Letters>

  static let recordType = "process"
  static let interval = 5.0
  static var image: ObjectImage { ObjectImage(cachetop_image()) }
  static let orders = [
    RankedOrder<Row>("hits", by: [\.totals.hits, \.totals.brought, \.totals.dirtied]),
    RankedOrder<Row>("misses", by: [\.totals.brought, \.totals.hits]),
    RankedOrder<Row>("dirties", by: [\.totals.dirtied, \.totals.hits]),
    RankedOrder<Row>("pid", key: "i", isAscending: true, by: [{ UInt64($0.key.pid) }]),
  ]

  static func events(_ totals: page_counts) -> UInt64 { totals.read + totals.dirtied }

  var plans: [HookPlan] { HookPlan.pageCache() }

  func wireConfiguration() -> cachetop_config {
    var config = cachetop_config()
    config.page_shift = Pages.shift
    return config
  }

  var columns: [Column<RankedRow<cachetop_key, page_counts>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("pid", "PID", width: 7) { $1.integer($0.key.pid) },
      Column("uid", "UID", width: 8, isCut: true) {
        $1.integer($0.key.uid, table: UserNames.shared.name(of: $0.key.uid))
      },
      Column("comm", "CMD", width: 16, role: .key) { $1.text(cString: $0.key.comm) },
      Column("hits", "HITS", width: 8, alignment: .right, role: .total) {
        $1.integer($0.totals.hits)
      },
      Column("misses", "MISSES", width: 8, alignment: .right, role: .total) {
        $1.integer($0.totals.brought)
      },
      Column("dirties", "DIRTIES", width: 7, alignment: .right, role: .total) {
        $1.integer($0.totals.dirtied)
      },
      Column("read_hit_percent", "READ_HIT%", width: 9, alignment: .right) {
        $1.percentage($0.totals.hits, of: $0.totals.read)
      },
      Column("write_hit_percent", "WRITE_HIT%", width: 10, alignment: .right) {
        $1.percentage($0.totals.writeHits, of: $0.totals.dirtied)
      },
    ]
  }
}

extension cachetop_config: @retroactive ConfigurationLayout {}
