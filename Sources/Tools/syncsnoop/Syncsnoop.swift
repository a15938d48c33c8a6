import BPFObjects
import TraceKit

@main
struct Syncsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "syncsnoop", "Trace system calls that write data to disk.",
    examples: [
      ("syncsnoop", "trace all of them"),
      ("syncsnoop --columns +pid,+latency_us,+path", "who waits how long for which file"),
      ("syncsnoop -p 181", "process 181 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "sync"
  static var image: ObjectImage { ObjectImage(syncsnoop_image()) }

  var plans: [HookPlan] {
    HookPlan.systemCallPairs(
      of: ["fsync", "fdatasync", "sync", "syncfs", "msync", "sync_file_range"])
  }

  func wireConfiguration() -> syncsnoop_config { syncsnoop_config() }

  var columns: [Column<Record<syncsnoop_event>>] {
    [
      .time(presence: .hidden),
      // When the call began, as in bcc; rows come when calls end.
      Column("start_s", "TIME(s)", width: 18, role: .detail) {
        let start = $0.event.start_ns
        if start == 0 { $1.none() } else { $1.fraction(start, per: 1_000_000_000, decimals: 9) }
      },
      .uid(width: 7, presence: .hidden),
      .pid(presence: .hidden),
      .comm(),
      .systemCall("call", "CALL", width: 15),
      Column("latency_us", "LAT(us)", width: 12, alignment: .right, presence: .hidden) {
        guard let latency = $0.event.latency else { return $1.none() }
        $1.fraction(latency, per: 1000, decimals: 3)
      },
    ] + Column.outcome(presence: .hidden) + Column.identity()
      + Column.path(presence: .hidden)
  }
}

extension syncsnoop_event {
  /// Nanoseconds from the start of the call to its end; nil where it began before it was
  /// traced.
  fileprivate var latency: UInt64? {
    start_ns > 0 && header.time_ns >= start_ns ? header.time_ns - start_ns : nil
  }
}

extension syncsnoop_config: @retroactive ConfigurationLayout {}
extension syncsnoop_event: @retroactive PathLayout, @retroactive SystemCallLayout {}
