import BPFObjects
import Glibc
import TraceKit

@main
struct Oomkill: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "oomkill", "Trace processes that are killed because memory is short.",
    examples: [
      ("oomkill", "trace all of them"),
      ("oomkill --columns +cgroup", "with the control group of the victim"),
      ("oomkill --columns +container", "with its container"),
      ("oomkill --unit nginx", "victims of one unit"),
    ])

  enum Letters: OptionLetters {}

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "kill"
  static var image: ObjectImage { ObjectImage(oomkill_image()) }

  var plans: [HookPlan] {
    // Kernels that pass the number of the victim alone have sent it a signal before.
    let passesTask = KernelTracepoint.argumentCount("mark_victim") == 2
    return HookPlan.tracepoints(passesTask ? ["victim"] : ["victim", "kill"])
  }

  func wireConfiguration() -> oomkill_config { oomkill_config() }

  private static let pageSize = Pages.size

  private static func memory(
    _ name: String, _ header: String, width: Int, presence: Column<Record<Event>>.Presence,
    _ pages: @escaping @Sendable (oomkill_event) -> UInt64
  ) -> Column<Record<Event>> {
    Column(name, header, width: width, alignment: .right, presence: presence, role: .level) {
      $1.kilobytes(pages($0.event) &* pageSize)
    }
  }

  var columns: [Column<Record<oomkill_event>>] {
    [
      .time(presence: .shown),
      Column("trigger_pid", "FPID", width: 6) { $1.integer($0.event.trigger_pid) },
      Column("trigger_comm", "FCOMM", width: 15) { $1.text(cString: $0.event.trigger_comm) },
      .pid(header: "TPID"),
      .comm(header: "TCOMM", width: 15),
      Self.memory("rss_bytes", "RSS(kB)", width: 7, presence: .shown) {
        $0.anonymous_pages &+ $0.file_pages &+ $0.shared_pages
      },
      Self.memory("anonymous_bytes", "ANON(kB)", width: 8, presence: .hidden) {
        $0.anonymous_pages
      },
      Self.memory("file_bytes", "FILE(kB)", width: 8, presence: .hidden) { $0.file_pages },
      Self.memory("shared_bytes", "SHMEM(kB)", width: 9, presence: .hidden) { $0.shared_pages },
      Self.memory("total_bytes", "TOTAL(kB)", width: 9, presence: .hidden) { $0.total_pages },
      Column("oom_score_adj", "ADJ", width: 5, presence: .hidden) {
        $1.integer($0.event.oom_score_adj)
      },
      .uid(width: 6, presence: .hidden),
    ] + Column.identity() + [
      Column("loadavg", "LOADAVG", width: 0) { $1.textOrNone(LoadAverage.text) }
    ]
  }
}

/// How many tasks run or wait on average.
private enum LoadAverage {
  /// In the last minute, in five and in fifteen.
  static var text: String? {
    Lookup.text("load", 0) { systemText }
  }

  private static var systemText: String? {
    guard let line = File.contents(of: "/proc/loadavg") else { return nil }
    return line.split(separator: " ").prefix(3).joined(separator: " ")
  }
}

extension oomkill_config: @retroactive ConfigurationLayout {}
extension oomkill_event: @retroactive EventLayout {}
