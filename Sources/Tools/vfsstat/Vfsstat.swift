import BPFObjects
import TraceKit

@main
struct Vfsstat: SampleTool {
  static let configuration = CommandConfiguration.tool(
    "vfsstat", "Count reads, writes, opens and other operations on files.",
    examples: [
      ("vfsstat", "a line every second"),
      ("vfsstat 5 3", "three lines, one every 5 seconds"),
      ("vfsstat -p 181", "process 181 only"),
      ("vfsstat --json 3600 -- make", "what a command does, in one record"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var sample: SampleOptions<Letters>

  static let recordType = "files"
  static var image: ObjectImage { ObjectImage(vfsstat_image()) }

  var plans: [HookPlan] {
    HookPlan.systemCallExits(
      of: HookPlan.transferCalls + [
        "fsync", "fdatasync", "openat", "open", "creat", "openat2", "open_by_handle_at",
        "unlinkat", "unlink", "mkdirat", "mkdir", "rmdir",
      ], optional: ["request_completes"], needsTypes: true, areFrequent: true)
  }

  func wireConfiguration() -> vfsstat_config { vfsstat_config() }

  private static func rate(
    _ key: String, _ header: String, _ count: @escaping @Sendable (vfs_counts) -> UInt64
  ) -> Column<Sample<vfs_counts>> {
    Column(key, header, width: 8, alignment: .right, role: .total) {
      $1.rate(count($0.counts), in: $0.length)
    }
  }

  var columns: [Column<Sample<vfs_counts>>] {
    [
      .time(presence: .shown),
      Self.rate("reads", "READ/s", \.reads),
      Self.rate("writes", "WRITE/s", \.writes),
      Self.rate("fsyncs", "FSYNC/s", \.fsyncs),
      Self.rate("opens", "OPEN/s", \.opens),
      Self.rate("creates", "CREATE/s", \.creates),
      Self.rate("unlinks", "UNLINK/s", \.unlinks),
      Self.rate("mkdirs", "MKDIR/s", \.mkdirs),
      Self.rate("rmdirs", "RMDIR/s", \.rmdirs),
    ]
  }
}

extension vfsstat_config: @retroactive ConfigurationLayout {}
