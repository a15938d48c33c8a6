import BPFObjects
import TraceKit

@main
struct Threadsnoop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "threadsnoop", "Trace new threads.",
    examples: [
      ("threadsnoop", "all processes that use a C library"),
      ("threadsnoop -p 181", "process 181 only"),
      ("threadsnoop --columns +tid", "with the thread that created each"),
      ("threadsnoop -- python3 app.py", "a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "thread"
  static var image: ObjectImage { ObjectImage(threadsnoop_image()) }

  var plans: [HookPlan] {
    get throws {
      let create = LibraryFunctions(
        FoundFunctions.threadCreation, programs: ["thread_begins"]
      ) { $0.threadCreation("thread_begins") }
      // The name of a function is that of one address space.
      return [
        try HookPlan.libraries(
          create, tool: Self.name, filter: stream.filter,
          run: stream.run
        )
        .readingTypes()
      ]
    }
  }

  func wireConfiguration() -> threadsnoop_config {
    var config = threadsnoop_config()
    config.own = .current
    return config
  }

  var keptCapabilities: Capabilities { Symbolizer.retained }

  var columns: [Column<Record<threadsnoop_event>>] {
    let names = FunctionNames(tool: Self.name)
    return [
      .time(presence: .hidden),
      Column("elapsed_ms", "TIME(ms)", width: 10, role: .detail) {
        $1.elapsedMilliseconds($0.event.header.time_ns)
      },
      .pid(),
      .comm(),
      .uid(width: 5, presence: .hidden),
    ] + Column.identity() + [
      Column("address", "ADDRESS", width: 18, presence: .hidden) {
        $1.hexadecimal($0.event.function)
      },
      Column("argument", "ARG", width: 18, presence: .hidden) {
        $1.hexadecimal($0.event.argument)
      },
      Column("function", "FUNC", width: 0, role: .key) { row, cell in
        let address = row.event.function
        if let name = names.name(of: address, in: row.event.owner) {
          cell.text(name)
        } else {
          cell.none(words: "0x" + String(address, radix: 16))
        }
      },
    ]
  }
}

extension threadsnoop_config: @retroactive ConfigurationLayout {}
extension threadsnoop_event: @retroactive EventLayout {}
