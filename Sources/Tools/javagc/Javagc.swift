import BPFObjects
import TraceKit

@main
struct Javagc: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "javagc", "Trace collections of garbage in Java machines.",
    examples: [
      ("javagc", "all Java processes"),
      ("javagc -p 185 -t 100", "process 185, from 100 microseconds on"),
      ("javagc --columns +kind", "distinguish whole collections and those of pools"),
      ("javagc -- java -jar app.jar", "a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(
    name: [.customShort("t"), .customLong("time")], parsing: .unconditional,
    help: "Show collections that took at least so many microseconds.",
    transform: { try Parse.integer($0, "a number of microseconds", in: 0...UInt64(1) << 40) })
  var least: UInt64 = 0

  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "collection"
  static var image: ObjectImage { ObjectImage(javagc_image()) }

  private static let probes: [(note: String, program: String)] = [
    ("hotspot:mem__pool__gc__begin", "pool_begins"), ("hotspot:mem__pool__gc__end", "pool_ends"),
    ("hotspot:gc__begin", "collection_begins"), ("hotspot:gc__end", "collection_ends"),
  ]

  var plans: [HookPlan] {
    get throws {
      let functions = LibraryFunctions(
        [], notes: Set(Self.probes.map(\.note)), programs: Set(Self.probes.map(\.program))
      ) { _ in
        Self.probes.map { .init($0.program, atNote: $0.note) }
      }
      return [
        try HookPlan.libraries(
          functions, tool: Self.name, filter: stream.filter,
          run: stream.run)
      ]
    }
  }

  func wireConfiguration() -> javagc_config {
    var config = javagc_config()
    config.least_ns = least * 1000
    return config
  }

  var columns: [Column<Record<javagc_event>>] {
    [
      .time(presence: .shown),
      .cpu(presence: .shown),
      .pid(width: 7),
      .comm(presence: .hidden),
      .uid(width: 5, presence: .hidden),
    ] + Column.identity(except: ["cpu"]) + [
      Column("kind", "KIND", width: 10, presence: .hidden, role: .key) {
        $0.event.is_pool != 0 ? $1.literal("pool") : $1.literal("collection")
      },
      Column("duration_us", "GC-TIME", width: 0) {
        $1.integer($0.event.duration_ns / 1000)
      },
    ]
  }
}

extension javagc_config: @retroactive ConfigurationLayout {}
extension javagc_event: @retroactive EventLayout {}
