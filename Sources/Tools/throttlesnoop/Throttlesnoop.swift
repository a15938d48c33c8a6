import BPFObjects
import TraceKit

@main
struct Throttlesnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "throttlesnoop", "Trace tasks that the CPU limit of a control group holds back.",
    examples: [
      ("throttlesnoop", "all of them"),
      ("throttlesnoop -m 50", "those that were held back for 50 ms or longer"),
      ("throttlesnoop -p 185", "process 185 only"),
      ("throttlesnoop --columns +quota_us,+period_us", "with the limit"),
      ("throttlesnoop --columns +container", "with the container"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let comm: Character? = "c"
  }

  @Option(
    name: [.customShort("m"), .customLong("min-ms")], parsing: .unconditional,
    help: "Show tasks that were held back for this many milliseconds or longer only.",
    transform: Parse.milliseconds)
  var least: UInt64?

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "hold"
  static var image: ObjectImage { ObjectImage(throttlesnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.tracepoints(["switch", "wakeup", "wakeup_new"]).map { $0.unless(Self.limitObstacle) }
  }

  /// The kernel has this setting where it has the limit.
  @Sendable private static func limitObstacle() -> Obstacle? {
    File.exists("/proc/sys/kernel/sched_cfs_bandwidth_slice_us")
      ? nil
      : Obstacle(
        "this kernel cannot limit the CPU time of control groups",
        cure: "boot a kernel with CONFIG_CFS_BANDWIDTH=y")
  }

  func wireConfiguration() -> throttlesnoop_config {
    var config = throttlesnoop_config()
    config.min_ns = least ?? 0
    return config
  }

  /// What is known of the group; nothing where the task has left it.
  private static func number(
    _ name: String, _ header: String, width: Int, presence: Column<Record<Event>>.Presence,
    role: ColumnRole? = nil, _ value: @escaping @Sendable (throttlesnoop_event) -> UInt64
  ) -> Column<Record<Event>> {
    Column(name, header, width: width, alignment: .right, presence: presence, role: role) {
      $1.integerOrNone($0.event.group_id == 0 ? nil : value($0.event))
    }
  }

  var columns: [Column<Record<throttlesnoop_event>>] {
    [
      .time(presence: .shown),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(),
      Column("held_us", "HELD(ms)", width: 9, alignment: .right) {
        $1.microseconds(nanoseconds: $0.event.held_ns, tableHasMilliseconds: true)
      },
      Self.number("throttled_periods", "PERIODS", width: 8, presence: .shown, role: .total) {
        UInt64($0.throttled_periods)
      },
      Self.number("throttled_us", "ALL(us)", width: 12, presence: .hidden) {
        $0.throttled_ns / 1000
      },
      Self.number("quota_us", "QUOTA(us)", width: 9, presence: .hidden, role: .level) {
        $0.quota_ns / 1000
      },
      Self.number("period_us", "PERIOD(us)", width: 10, presence: .hidden, role: .level) {
        $0.period_ns / 1000
      },
      Self.number("group_id", "GROUP-ID", width: 8, presence: .hidden) { $0.group_id },
    ] + Column.identity() + [
      Column("group", "GROUP", width: 0) {
        if $0.event.group_id == 0 { $1.none() } else { $1.text(cString: $0.event.group) }
      }
    ]
  }
}

extension throttlesnoop_config: @retroactive ConfigurationLayout {}
extension throttlesnoop_event: @retroactive EventLayout {}
