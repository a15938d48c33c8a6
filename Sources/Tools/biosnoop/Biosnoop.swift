import BPFObjects
import TraceKit

@main
struct Biosnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "biosnoop", "Trace requests to block devices.",
    examples: [
      ("biosnoop", "trace all requests"),
      ("biosnoop -Q", "with the time in the queue"),
      ("biosnoop 10", "for 10 seconds"),
      ("biosnoop -d sdc", "one disk only"),
      ("biosnoop -m 10", "requests that took at least 10 milliseconds"),
      ("biosnoop -P", "with the access pattern, sequential or random"),
      ("biosnoop --heatmap io.svg 60", "draw the latency over time, too"),
      ("biosnoop -c /sys/fs/cgroup/system.slice", "one cgroup only"),
    ])

  enum Letters: OptionLetters {
    static let cgroup: Character? = "c"
  }

  @Argument(help: "Stop after this many seconds, like --duration.", transform: Parse.seconds)
  var seconds: Double?

  @Flag(
    name: [.customShort("Q"), .customLong("queued"), .customLong("queue")],
    help: "Print the time that requests wait in the queue.")
  var queued = false

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Trace this disk only.",
    completion: .disk, transform: Disks.number(of:))
  var disk: Disks.Number?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Show requests that took at least this many milliseconds.",
    transform: Parse.milliseconds)
  var min: UInt64?

  @Flag(name: .shortAndLong, help: "Print the time of day instead of seconds.")
  var timestamp = false

  @Flag(
    name: [.customShort("P"), .long],
    help: "Print whether a request is sequential to the previous one on its disk.")
  var pattern = false

  @OptionGroup var drawing: HeatmapOptions
  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if seconds != nil, stream.run.duration != nil {
      throw ValidationError("The duration is given twice, as an argument and as --duration.")
    }
  }

  static let recordType = "request"
  static var image: ObjectImage { ObjectImage(biosnoop_image()) }

  var plans: [HookPlan] { HookPlan.blockRequests() }
  var duration: Double? { seconds ?? stream.run.duration }

  var drawn: DrawnEvents<biosnoop_event>? {
    drawing.requestOfBlocks(disk, unit: "ms", scale: 1000).map {
      DrawnEvents($0) { $0.event.latency_ns / 1000 }
    }
  }

  func wireConfiguration() throws -> biosnoop_config {
    var config = biosnoop_config()
    config.disk.only(disk)
    config.min_ns = min ?? 0
    config.pattern = try stream.prints("pattern", of: columns) ? 1 : 0
    return config
  }

  mutating func takeReplayFilter() -> ((borrowing Record<biosnoop_event>) -> Bool)? {
    guard disk != nil || min != nil else { return nil }
    let (disk, min) = (disk, min ?? 0)
    (self.disk, self.min) = (nil, nil)
    return { $0.event.latency_ns >= min && (disk == nil || Disks.Number($0.event.disk) == disk) }
  }

  var columns: [Column<Record<biosnoop_event>>] {
    [
      .elapsed(width: 11, decimals: 6, presence: .when(!timestamp)),
      .time(presence: .when(timestamp)),
      Column("comm", "COMM", width: 14, isCut: true, role: .key) {
        $1.submitter(cString: $0.event.header.comm, isWriteback: $0.event.is_writeback != 0)
      },
      .pid(width: 7),
      .uid(width: 5, presence: .hidden),
      Column("disk", "DISK", width: 7, role: .key) { $1.disk($0.event.disk) },
      Column("rwbs", "T", width: 4, role: .key) { $1.text(RequestFlags.letters($0.event.flags)) },
      Column("sector", "SECTOR", width: 10) { $1.integer($0.event.sector) },
      Column("bytes", "BYTES", width: 7, role: .total) { $1.integer($0.event.bytes) },
      Column("pattern", "P", width: 1, presence: .when(pattern), role: .key) {
        AccessPattern.write($0.event.pattern, to: $1)
      },
      Column("queue_ms", "QUE(ms)", width: 7, alignment: .right, presence: .when(queued)) {
        $1.milliseconds($0.event.queue_ns)
      },
      Column("latency_ms", "LAT(ms)", width: 7, alignment: .right) {
        $1.milliseconds($0.event.latency_ns)
      },
      Column("writeback", "WB", width: 2, presence: .hidden) {
        $1.bool($0.event.is_writeback != 0)
      },
      Column("flags", "FLAGS", width: 12, presence: .hidden) {
        $1.text(RequestFlags.text($0.event.flags))
      },
    ] + Column.identity()
  }
}

extension biosnoop_config: @retroactive ConfigurationLayout {}
extension biosnoop_event: @retroactive EventLayout {}
