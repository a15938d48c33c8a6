import BPFObjects
import TraceKit

@main
struct Compactsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "compactsnoop", "Trace compaction of memory, with the tasks that wait for it.",
    examples: [
      ("compactsnoop", "trace all of it"),
      ("compactsnoop -e", "with the state of the zone"),
      ("compactsnoop -T", "with the time since the start"),
      ("compactsnoop -K", "with the kernel stack"),
      ("compactsnoop -p 181", "process 181 only"),
      ("compactsnoop -d 10", "for 10 seconds"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let duration: Character? = "d"
  }

  @Flag(name: [.customShort("T"), .long], help: "Print the time since the start.")
  var timestamp = false

  @Flag(
    name: [.customShort("e"), .customLong("extended-fields"), .customLong("extended_fields")],
    help: "Print the state of the zone: fragmentation, watermarks and free pages.")
  var extended = false

  @OptionGroup var stacks: EventStackOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "compaction"
  static var image: ObjectImage { ObjectImage(compactsnoop_image()) }

  var plans: [HookPlan] {
    // Kernels that do not pass the control ask before whether it is worth it.
    let passesControl = KernelTracepoint.passesPointer("mm_compaction_begin", at: 0) == true
    return HookPlan.tracepoints((passesControl ? [] : ["suitable"]) + ["begin", "end"])
  }

  func wireConfiguration() -> compactsnoop_config {
    var config = compactsnoop_config()
    config.stacks = stacks.wire()
    return config
  }

  var eventStacks: EventStackOptions? { stacks }

  /// A number of the zone before it was compacted.
  private func pages(
    _ name: String, _ header: String, _ value: @escaping @Sendable (compacted_zone) -> UInt64
  ) -> Column<Record<compactsnoop_event>> {
    Column(name, header, width: 8, presence: .when(extended), role: .level) {
      let zone = $0.event.zone
      if zone.name.0 == 0 { $1.none() } else { $1.integer(value(zone)) }
    }
  }

  var columns: [Column<Record<compactsnoop_event>>] {
    let results = CompactionResults(typesFile: stream.run.typesFile)
    return [
      .time(presence: .hidden),
      .elapsed(width: 14, decimals: 9, presence: .when(timestamp)),
      .uid(width: 6, presence: .hidden),
      .comm(width: 14),
      .pid(),
      Column("node", "NODE", width: 4, role: .key) {
        if $0.event.isKnown { $1.integer($0.event.zone.node) } else { $1.none() }
      },
      Column("zone", "ZONE", width: 12, role: .key) { $1.zone($0.event.zone) },
      Column("order", "ORDER", width: 5) {
        if $0.event.isKnown { $1.integer($0.event.zone.order) } else { $1.none() }
      },
      Column("mode", "MODE", width: 7) {
        if $0.event.is_sync != 0 {
          $1.literal("sync", table: "SYNC")
        } else {
          $1.literal("async", table: "ASYNC")
        }
      },
      Column("fragmentation_index", "FRAGIDX", width: 8, presence: .when(extended), role: .level) {
        $1.fragmentation($0.event.zone)
      },
      pages("min_pages", "MIN", \.min_pages),
      pages("low_pages", "LOW", \.low_pages),
      pages("high_pages", "HIGH", \.high_pages),
      pages("free_pages", "FREE", \.free_pages),
      Column("latency_ms", "LAT(ms)", width: 9, alignment: .right) {
        $1.milliseconds($0.event.latency_ns)
      },
      Column("result", "STATUS", width: 16, alignment: .right) {
        $1.text(results.name(of: $0.event.result))
      },
    ] + Column.identity() + stacks.columns(tool: Self.name) { $0.stacks }
  }
}

/// How compaction ends, by the names of the running kernel.
private struct CompactionResults {
  private let kernel: KernelEnumeration

  init(typesFile: String?) {
    kernel = KernelEnumeration(["compact_result"], file: typesFile)
  }

  /// Such as `success`; the number where the kernel has no name.
  func name(of result: UInt32) -> String {
    guard let name = kernel.name(of: Int64(result)) else { return "\(result)" }
    let prefix = "COMPACT_"
    return (name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name).lowercased()
  }
}

extension compactsnoop_event {
  /// Whether it is known what was compacted.
  fileprivate var isKnown: Bool { zone.name.0 != 0 }
}

extension Cell {
  /// The name of a zone; a table has it as the kernel's constant.
  fileprivate func zone(_ zone: compacted_zone) {
    guard zone.name.0 != 0 else { return none() }
    let name = withUnsafeBytes(of: zone.name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    text(name, table: "ZONE_" + name.uppercased())
  }

  fileprivate func fragmentation(_ zone: compacted_zone) {
    guard zone.name.0 != 0, zone.fragmentation != NOT_FRAGMENTED else { return none() }
    signedFraction(Int64(zone.fragmentation), per: 1000, decimals: 3)
  }
}

extension compactsnoop_config: @retroactive ConfigurationLayout {}
extension compactsnoop_event: @retroactive EventLayout {}
