import BPFObjects
import TraceKit

@main
struct Uflow: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "uflow", "Trace methods of Java, Perl, PHP, Python, Ruby and Tcl as they begin and end.",
    examples: [
      ("uflow 185", "process 185, whatever its language"),
      ("uflow -l ruby 134", "its methods as those of Ruby"),
      ("uflow -M indexOf -l java 185", "methods whose names begin with indexOf"),
      ("uflow -C '<stdin>' -l python 180", "functions that were typed into Python"),
      ("uflow -l perl -- ./script.pl", "a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var languages: LanguageOptions

  @Option(
    name: [.customShort("M"), .long], help: "Show methods whose names begin with this text.",
    transform: Self.prefix)
  var method: uflow_prefix?

  @Option(
    name: [.customShort("C"), .customLong("class")],
    help: "Show methods of classes whose names begin with this text.", transform: Self.prefix)
  var owner: uflow_prefix?

  @OptionGroup var stream: StreamOptions<Letters>

  private static let known = Language.all(with: .methodBegin)

  func validate() throws {
    try languages.validate(among: Self.known, stream.filter, stream.run)
  }

  static let recordType = "method"
  static var image: ObjectImage { ObjectImage(uflow_image()) }

  var plans: [HookPlan] {
    get throws {
      [
        try languages.plan(
          [(.methodBegin, "method_begins"), (.methodEnd, "method_ends")], among: Self.known,
          tool: Self.name, stream.filter, stream.run)
      ]
    }
  }

  func wireConfiguration() -> uflow_config {
    var config = uflow_config()
    config.language = .current
    // One less than there is room for, or deeper ones would count as lost.
    config.calls.depth = UInt32(CALLS_DEPTH) - 1
    config.calls.told_apart = 1
    config.class_prefix = owner ?? uflow_prefix()
    config.method_prefix = method ?? uflow_prefix()
    return config
  }

  var columns: [Column<Record<uflow_event>>] {
    [
      .time(presence: .hidden),
      .cpu(presence: .shown),
      .pid(),
      .tid(width: 6, presence: .shown),
      .comm(presence: .hidden),
      .uid(width: 5, presence: .hidden),
      Column("elapsed_us", "TIME(us)", width: 12, role: .detail) {
        $1.elapsedMicroseconds($0.event.header.time_ns)
      },
    ] + Column.identity(except: ["tid", "cpu"]) + [
      Column("event", "EVENT", width: 6, presence: .hidden, role: .key) {
        $0.event.is_end != 0 ? $1.literal("return") : $1.literal("entry")
      },
      Column("depth", "DEPTH", width: 5, presence: .hidden) { $1.integer($0.event.depth) },
      Column("class", "CLASS", width: 24, presence: .hidden) {
        $1.text(cString: $0.event.class_name)
      },
      Column("method", "METHOD", width: 0, role: .key) { row, cell in
        let event = row.event
        cell.method(
          event.method, of: event.class_name, depth: event.depth, isEnd: event.is_end != 0)
      },
    ]
  }

  private static func prefix(_ text: String) throws -> uflow_prefix {
    let bytes = Array(text.utf8)
    guard (1..<Int(UFLOW_PREFIX_SIZE)).contains(bytes.count) else {
      throw ValidationError("a name begins with 1 to \(UFLOW_PREFIX_SIZE - 1) bytes")
    }
    var prefix = uflow_prefix()
    withUnsafeMutableBytes(of: &prefix.text) { $0.copyBytes(from: bytes) }
    withUnsafeMutableBytes(of: &prefix.mask) {
      $0.copyBytes(from: [UInt8](repeating: 0xff, count: bytes.count))
    }
    return prefix
  }
}

extension uflow_config: @retroactive ConfigurationLayout {}
extension uflow_event: @retroactive EventLayout {}
