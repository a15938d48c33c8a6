import BPFObjects
import TraceKit

@main
struct Filegone: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "filegone", "Trace files that are removed or renamed.",
    examples: [
      ("filegone", "trace all of them"),
      ("filegone -p 181", "process 181 only"),
      ("filegone -F", "with full paths"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Flag(name: [.customShort("F"), .long], help: "Print full paths, as the caller sees them.")
  var fullPath = false

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "removal"
  static var image: ObjectImage { ObjectImage(filegone_image()) }

  var plans: [HookPlan] { HookPlan.nameChanges(fullPaths: fullPath) }

  func wireConfiguration() -> filegone_config {
    var config = filegone_config()
    config.full_path = fullPath ? 1 : 0
    return config
  }

  var columns: [Column<Record<name_event>>] {
    [
      .time(presence: .shown),
      .uid(width: 7, presence: .hidden),
      .pid(width: 7),
      .comm(),
      Column("action", "ACTION", width: 6, role: .key) {
        switch Int32(truncatingIfNeeded: $0.event.kind) {
        case NAME_REMOVED: $1.literal("delete", table: "DELETE")
        case NAME_REMOVED_DIRECTORY: $1.literal("rmdir", table: "DELETE")
        case NAME_EXCHANGED: $1.literal("exchange", table: "RENAME")
        default: $1.literal("rename", table: "RENAME")
        }
      },
    ] + Column.identity() + [
      .fileName(isFull: fullPath), .newFileName(isFull: fullPath), .truncated(),
    ]
  }
}

extension filegone_config: @retroactive ConfigurationLayout {}
