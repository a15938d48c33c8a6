import BPFObjects
import TraceKit

@main
struct Biolatency: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "biolatency", "Summarize the latency of block device I/O as a histogram.",
    examples: [
      ("biolatency", "one histogram at the end"),
      ("biolatency 1 10", "ten summaries of one second"),
      ("biolatency -mT 1", "in milliseconds, with the time"),
      ("biolatency -Q", "include the time in the queue"),
      ("biolatency -D", "a histogram per disk"),
      ("biolatency -F", "a histogram per set of I/O flags"),
      ("biolatency -d sdc", "one disk only"),
      ("biolatency --heatmap io.svg", "draw the latency over time, too"),
      ("biolatency --percentiles", "with p50, p90, p99 and the maximum"),
    ])

  enum Letters: OptionLetters {
    static let cgroup: Character? = "c"
    static let json: Character? = "j"
    static let `extension`: Character? = "e"
  }

  @Flag(
    name: [.customShort("Q"), .long], help: "Include the time that requests wait in the queue.")
  var queued = false

  @Flag(
    name: [.customShort("D"), .customLong("disks"), .customLong("disk")],
    help: "Print a histogram for each disk.")
  var disks = false

  @Flag(
    name: [.customShort("F"), .customLong("flags"), .customLong("flag")],
    help: "Print a histogram for each set of I/O flags.")
  var flags = false

  @Option(
    name: [.customShort("d"), .customLong("device")], parsing: .unconditional,
    help: "Trace this disk only.", completion: .disk, transform: Disks.number(of:))
  var device: Disks.Number?

  @OptionGroup var drawing: HeatmapOptions
  @OptionGroup var histogram: HistogramOptions<Letters>

  var subject: String { "block device I/O" }
  static var image: ObjectImage { ObjectImage(biolatency_image()) }

  var plans: [HookPlan] {
    HookPlan.blockRequests(withSubmitters: selectsTasks(histogram.filter))
  }

  var heatmap: HeatmapRequest? {
    drawing.requestOfBlocks(device, unit: unit.name)
  }

  var isKeyed: Bool { disks || flags }

  func wireConfiguration() -> biolatency_config {
    var config = biolatency_config()
    config.queued = queued ? 1 : 0
    config.per_disk = disks ? 1 : 0
    config.per_flags = flags ? 1 : 0
    config.milliseconds = histogram.milliseconds ? 1 : 0
    config.disk.only(device)
    return config
  }

  var keyColumns: [Column<KeyedHistogram<biolatency_key>>] {
    var columns: [Column<KeyedHistogram<biolatency_key>>] = []
    if disks {
      columns.append(Column("disk", "DISK", width: 8, role: .key) { $1.text(Self.disk($0.key)) })
    }
    if flags {
      columns.append(Column("flags", "FLAGS", width: 8) { $1.text(Self.flags($0.key)) })
    }
    return columns
  }

  func heading(_ histogram: KeyedHistogram<biolatency_key>) -> [UInt8] {
    let disk = disks ? "disk = \(Self.disk(histogram.key))" : ""
    let flags = flags ? "flags = \(Self.flags(histogram.key))" : ""
    return Array([disk, flags].filter { !$0.isEmpty }.joined(separator: " ").utf8)
  }

  private static func disk(_ key: biolatency_key?) -> String {
    key.map { Disks.name(of: .init($0.disk)) } ?? ""
  }

  private static func flags(_ key: biolatency_key?) -> String {
    key.map { RequestFlags.text($0.flags) } ?? ""
  }
}

extension biolatency_config: @retroactive ConfigurationLayout {}
