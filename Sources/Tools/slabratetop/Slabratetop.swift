import BPFObjects
import TraceKit

@main
struct Slabratetop: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "slabratetop", "Show from which slab caches the kernel allocates most.",
    examples: [
      ("slabratetop", "a table every second"),
      ("slabratetop 5 10", "ten tables of 5 seconds"),
      ("slabratetop -C", "one table below the other"),
      ("slabratetop -p 181", "what process 181 makes the kernel allocate"),
      ("slabratetop -s count -r 5", "the 5 caches with the most allocations"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var ranked: RankedOptions<Letters>

  static let recordType = "cache"
  static var image: ObjectImage { ObjectImage(slabratetop_image()) }
  static let orders = [
    RankedOrder<Row>("size", by: [\.totals.bytes, \.totals.allocations]),
    RankedOrder<Row>("count", by: [\.totals.allocations, \.totals.bytes]),
    RankedOrder<Row>(
      "name", isAscending: true, by: (0..<8).map { part in { $0.totals.nameWord(part) } }),
  ]

  static func events(_ totals: slabratetop_totals) -> UInt64 { totals.allocations }

  var plans: [HookPlan] {
    let caveat = "Objects that the kernel allocates in bulk are not counted."
    return [
      HookPlan(.fentry, ["alloc_tracepoint", "alloc_bulk|alloc_noprof_bulk"]).unless(
        Self.tracepointObstacle),
      HookPlan(.rawTracepoint, ["alloc_tracepoint"]).unless(Self.tracepointObstacle).withCaveat(
        caveat),
      // Before 6.1. The caches of inodes and names have a function of their own from 5.18 on.
      HookPlan(
        .fentry,
        [
          "alloc|alloc_noprof", "alloc_node|alloc_noprof_node", "alloc_bulk|alloc_noprof_bulk",
        ], optional: ["alloc_lru", "alloc_noprof_lru"]),
      HookPlan(
        .kprobe, ["kprobe_alloc", "kprobe_alloc_node", "kprobe_alloc_bulk"],
        optional: ["kprobe_alloc_lru"]
      ).unless(Self.functionObstacle),
    ]
  }

  /// Whether the tracepoint has the cache; nil where the kernel's types do not show it.
  private static var hasCache: Bool? { KernelTracepoint.passesPointer("kmem_cache_alloc", at: 2) }

  @Sendable private static func tracepointObstacle() -> Obstacle? {
    hasCache == true
      ? nil : "the kernel's tracepoint does not say from which cache an object is"
  }

  @Sendable private static func functionObstacle() -> Obstacle? {
    hasCache == true
      ? "the kernel has a tracepoint that says from which cache an object is" : nil
  }

  func wireConfiguration() -> slabratetop_config { slabratetop_config() }

  var columns: [Column<RankedRow<UInt64, slabratetop_totals>>] {
    [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("cache", "CACHE", width: 32, role: .key) { $1.text(cString: $0.totals.name) },
      Column("allocations", "ALLOCS", width: 6, alignment: .right, role: .total) {
        $1.integer($0.totals.allocations)
      },
      Column("bytes", "BYTES", width: 10, alignment: .right, role: .total) {
        $1.integer($0.totals.bytes)
      },
      Column("size", "SIZE", width: 6, alignment: .right, presence: .hidden) {
        $1.integer($0.totals.size)
      },
      Column("object_size", "OBJECT", width: 6, alignment: .right, presence: .hidden) {
        $1.integer($0.totals.object_size)
      },
      Column("users", "USERS", width: 5, alignment: .right, presence: .hidden) {
        $1.integer($0.totals.users)
      },
    ]
  }
}

extension slabratetop_totals {
  /// What the objects take.
  fileprivate var bytes: UInt64 { allocations * UInt64(size) }

  /// Eight bytes of the name, so that names compare as these do.
  fileprivate func nameWord(_ part: Int) -> UInt64 {
    withUnsafeBytes(of: name) { bytes in
      bytes[part * 8..<part * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}

extension slabratetop_config: @retroactive ConfigurationLayout {}
