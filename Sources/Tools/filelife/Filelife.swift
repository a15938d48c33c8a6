import BPFObjects
import TraceKit

@main
struct Filelife: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "filelife", "Trace files that are created and then removed, with their age.",
    examples: [
      ("filelife", "trace all of them"),
      ("filelife -p 181", "files that process 181 creates"),
      ("filelife -F", "with full paths"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: [.customShort("F"), .long], help: "Print full paths, as the caller sees them.")
  var fullPath = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "file"
  static var image: ObjectImage { ObjectImage(filelife_image()) }

  /// The files by their paths, where the kernel reports all that happens to names.
  nonisolated(unsafe) private static let lives = FileLives()

  var plans: [HookPlan] {
    HookPlan.nameChanges(
      fullPaths: fullPath, functions: ["do_dentry_open_exit"],
      calls: ["openat", "open", "openat2", "creat", "linkat", "link"], needsTypes: true)
  }

  func wireConfiguration() -> filelife_config { filelife_config() }

  func accepts(_ record: borrowing Record<name_event>) -> Bool {
    record.event.created_ns > 0 || Self.lives.follow(record)
  }

  var columns: [Column<Record<name_event>>] {
    [
      .time(presence: .shown),
      .uid(width: 7, presence: .hidden),
      .pid(width: 7),
      .comm(),
      Column("age_s", "AGE(s)", width: 7, role: .detail) {
        $1.fraction(($0.event.age / 1_000_000 + 5) / 10, per: 100, decimals: 2)
      },
      Column("age_us", "AGE(us)", width: 10, presence: .hidden) {
        $1.integer($0.event.age / 1000)
      },
    ] + Column.identity() + [.fileName(isFull: fullPath), .truncated()]
  }
}

extension Filelife {
  /// When the file of the record that was accepted last was created.
  fileprivate static var birth: UInt64 { lives.birth }
}

extension name_event {
  /// From the creation of a file to its removal.
  fileprivate var age: UInt64 {
    let birth = created_ns > 0 ? created_ns : Filelife.birth
    return header.time_ns >= birth ? header.time_ns - birth : 0
  }
}

extension filelife_config: @retroactive ConfigurationLayout {}
