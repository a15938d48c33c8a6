import BPFObjects
import TraceKit

@main
struct Ugc: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "ugc", "Trace collections of garbage in Java, Node.js, Python and Ruby.",
    examples: [
      ("ugc 185", "process 185, whatever its language"),
      ("ugc -l java 185", "its collections as those of Java"),
      ("ugc -m -M 10 185", "in milliseconds, from 10 ms on"),
      ("ugc -F 'gen 2' -l python", "of all Python processes those of generation 2"),
      ("ugc -- python3 app.py", "a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var languages: LanguageOptions

  @Flag(name: .shortAndLong, help: "Show durations in milliseconds.")
  var milliseconds = false

  @Option(
    name: [.customShort("M"), .long], parsing: .unconditional,
    help: "Show collections that took at least so many milliseconds.",
    transform: Parse.milliseconds)
  var minimum: UInt64 = 0

  @Option(
    name: [.customShort("F"), .customLong("filter")],
    help: "Show collections whose description contains this text.")
  var wanted: String?

  @OptionGroup var stream: StreamOptions<Letters>

  private static let known = Language.all(with: .collectionBegin)

  func validate() throws {
    try languages.validate(among: Self.known, stream.filter, stream.run)
  }

  static let recordType = "collection"
  static var image: ObjectImage { ObjectImage(ugc_image()) }

  var plans: [HookPlan] {
    get throws {
      [
        try languages.plan(
          [(.collectionBegin, "collection_begins"), (.collectionEnd, "collection_ends")],
          among: Self.known, tool: Self.name, stream.filter, stream.run)
      ]
    }
  }

  func wireConfiguration() -> ugc_config {
    var config = ugc_config()
    config.language = .current
    config.least_ns = minimum
    return config
  }

  func accepts(_ record: borrowing Record<ugc_event>) -> Bool {
    guard let wanted, !wanted.isEmpty else { return true }
    let description = record.event.description
    return description.indices.contains { description[$0...].starts(with: wanted.utf8) }
  }

  var columns: [Column<Record<ugc_event>>] {
    let inMilliseconds = milliseconds
    return [
      .time(presence: .hidden),
      Column("start_s", "START", width: 8, role: .detail) {
        $1.elapsed($0.event.header.time_ns, decimals: 3)
      },
      Column("duration_us", inMilliseconds ? "TIME (ms)" : "TIME (us)", width: 9) {
        $1.microseconds($0.event.duration_ns, tableHasMilliseconds: inMilliseconds)
      },
      .pid(presence: .hidden),
      .comm(presence: .hidden),
      .uid(width: 5, presence: .hidden),
    ] + Column.identity() + [
      Column("language", "LANGUAGE", width: 8, presence: .hidden, role: .key) {
        $1.textOrNone(Language(number: $0.event.language)?.rawValue)
      },
      Column("description", "DESCRIPTION", width: 0) { row, cell in
        row.event.description.withUnsafeBytes { cell.text($0) }
      },
    ]
  }
}

extension ugc_config: @retroactive ConfigurationLayout {}
extension ugc_event: @retroactive EventLayout {}
