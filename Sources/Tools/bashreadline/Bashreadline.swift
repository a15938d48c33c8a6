import BPFObjects
import TraceKit

@main
struct Bashreadline: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "bashreadline", "Show the lines that are typed into bash.",
    examples: [
      ("bashreadline", "all shells"),
      ("bashreadline -s /usr/lib/libreadline.so", "those that use this library"),
      ("bashreadline --uid 1000 --json", "as JSON, one user's shells"),
    ])

  enum Letters: OptionLetters {}

  @Option(name: .shortAndLong, help: "Trace this libreadline.so instead of those in use.")
  var shared: String?

  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if let shared, !File.exists(shared) {
      throw ValidationError("--shared: there is no file '\(shared)'.")
    }
  }

  static let recordType = "line"
  static var image: ObjectImage { ObjectImage(bashreadline_image()) }

  private static let (outer, inner) = ("readline", "readline_internal_teardown")
  /// A function of bash itself.
  private static let mark = "initialize_readline"

  private static func functions(isNamed: Bool) -> LibraryFunctions {
    LibraryFunctions(
      [outer, inner, mark],
      programs: [
        "line_ends", "line_returns", "library_line_ends", "library_line_returns",
      ]
    ) { file in
      guard file.names.contains(outer) else { return [] }
      if file.names.contains(mark) {
        return [
          .init("line_ends", at: inner, atReturn: true),
          .init("line_returns", at: outer, atReturn: true),
        ]
      }
      guard isNamed || file.basename.hasPrefix("libreadline") else { return [] }
      return [
        .init("library_line_ends", at: inner, atReturn: true),
        .init("library_line_returns", at: outer, atReturn: true),
      ]
    }
  }

  var plans: [HookPlan] {
    get throws {
      let files = shared.map { [(path: $0, functions: Self.functions(isNamed: true))] } ?? []
      return [
        try HookPlan.libraries(
          Self.functions(isNamed: false), and: files, named: "--shared",
          searches: shared == nil, tool: Self.name,
          filter: stream.filter,
          run: stream.run)
      ]
    }
  }

  func wireConfiguration() -> bashreadline_config {
    var config = bashreadline_config()
    let filter = stream.filter
    let isChosen = [filter.comm, filter.name].contains { $0 != nil } || filter.pid != nil
    config.every = isChosen || filter.tid != nil || commandLine != nil ? 1 : 0
    return config
  }

  var columns: [Column<Record<bashreadline_event>>] {
    [
      .time(presence: .shown),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(presence: .hidden),
    ] + Column.identity() + [
      Column("cut", "CUT", width: 3, presence: .hidden) { $1.bool($0.event.cut != 0) },
      Column("command", "COMMAND", width: 0) { row, cell in
        row.withTail(count: Int(row.event.size)) { cell.text($0) }
      },
    ]
  }
}

extension bashreadline_config: @retroactive ConfigurationLayout {}
extension bashreadline_event: @retroactive EventLayout {}
