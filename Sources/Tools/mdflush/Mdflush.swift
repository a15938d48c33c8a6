import BPFObjects
import TraceKit

@main
struct Mdflush: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "mdflush", "Trace flushes of md devices.",
    examples: [
      ("mdflush", "trace all md devices"),
      ("mdflush -d md0", "one device only"),
      ("mdflush --all", "block devices of other drivers too"),
      ("mdflush --comm postgres", "flushes by commands of this name"),
    ])

  enum Letters: OptionLetters {}

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Trace this device only, of whatever driver.", completion: .disk,
    transform: Disks.number)
  var disk: Disks.Number?

  @Flag(help: "Trace block devices of all drivers, not only those of md.")
  var all = false

  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if all, disk != nil { throw ValidationError("--all and --disk cannot be combined.") }
  }

  static let recordType = "flush"
  static var image: ObjectImage { ObjectImage(mdflush_image()) }
  var plans: [HookPlan] { HookPlan.tracepoints(["bio_queue"]) }

  /// md has this number in all kernels (MD_MAJOR of linux/major.h).
  private static let arrays: UInt32 = 9

  func wireConfiguration() -> mdflush_config {
    var config = mdflush_config()
    config.disk.only(disk)
    config.all = all ? 1 : 0
    config.majors = (Self.arrays, Disks.major(of: "mdp") ?? 0)
    return config
  }

  var columns: [Column<Record<mdflush_event>>] {
    [
      .time(presence: .shown),
      .pid(width: 7),
      .comm(width: 16),
      Column("disk", "DEVICE", width: 8, role: .key) { $1.disk($0.event.disk) },
      Column("rwbs", "RWBS", width: 5, presence: .hidden, role: .key) {
        $1.text(RequestFlags.letters($0.event.flags))
      },
      Column("writeback", "WB", width: 2, presence: .hidden) {
        $1.bool($0.event.is_writeback != 0)
      },
      .uid(width: 5, presence: .hidden),
    ] + Column.identity()
  }
}

extension mdflush_config: @retroactive ConfigurationLayout {}
extension mdflush_event: @retroactive EventLayout {}
