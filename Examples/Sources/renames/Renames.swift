import ExampleObjects
import TraceKit

@main
struct Renames: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "renames", "Trace tasks that change their name.",
    examples: [
      ("renames", "trace all tasks"),
      ("renames --json --uid 1000", "as JSON, one user's tasks"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "rename"
  static var image: ObjectImage { ObjectImage(renames_image()) }

  var plans: [HookPlan] {
    [
      HookPlan(.typedTracepoint, ["rename_typed"]),
      HookPlan(.rawTracepoint, ["rename_raw"]),
    ]
  }

  func wireConfiguration() -> renames_config { renames_config() }

  var columns: [Column<Record<renames_event>>] {
    [
      .time(presence: .shown),
      .pid(),
      .comm(),
      Column("name", "NAME", width: 16) { $1.text(cString: $0.event.name) },
    ] + Column.identity()
  }
}

extension renames_config: @retroactive ConfigurationLayout {}
extension renames_event: @retroactive EventLayout {}
