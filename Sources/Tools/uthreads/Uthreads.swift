import BPFObjects
import TraceKit

@main
struct Uthreads: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "uthreads", "Trace threads of Java and of the C library.",
    examples: [
      ("uthreads 185", "process 185, whatever its language"),
      ("uthreads -l java 185", "with the names that Java gives its threads"),
      ("uthreads -l c 185", "threads of the C library only"),
      ("uthreads -l c -- ./server", "a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @OptionGroup var languages: LanguageOptions
  @OptionGroup var stream: StreamOptions<Letters>

  private static let known = Language.all(with: .threadBegin) + [.c]

  func validate() throws {
    try languages.validate(among: Self.known, stream.filter, stream.run)
  }

  static let recordType = "thread"
  static var image: ObjectImage { ObjectImage(uthreads_image()) }

  var plans: [HookPlan] {
    get throws {
      // A runtime has its threads from the C library.
      [
        try languages.plan(
          [(.threadBegin, "thread_begins"), (.threadEnd, "thread_ends")], among: Self.known,
          and: FoundFunctions.threadCreation,
          (["thread_created"], { $0.threadCreation("thread_created") }),
          tool: Self.name, stream.filter, stream.run
        )
        .beside(HookPlan(.uprobe, ["new_task"]))
      ]
    }
  }

  func wireConfiguration() -> uthreads_config {
    var config = uthreads_config()
    config.language = .current
    return config
  }

  var keptCapabilities: Capabilities { Symbolizer.retained }

  var columns: [Column<Record<uthreads_event>>] {
    let names = FunctionNames(tool: Self.name)
    return [
      .time(presence: .hidden),
      Column("elapsed_s", "TIME", width: 8, role: .detail) {
        $1.elapsed($0.event.header.time_ns, decimals: 3)
      },
      .pid(presence: .hidden),
      .comm(presence: .hidden),
      .uid(width: 5, presence: .hidden),
    ] + Column.identity() + [
      Column("runtime_id", "RUNTIME", width: 8, presence: .hidden) { row, cell in
        let event = row.event
        cell.integerOrNone(event.isOfLibrary ? nil : event.runtime_id)
      },
      Column("id", "ID", width: 16) { row, cell in
        let event = row.event
        cell.integer(
          event.native_id,
          table: event.isOfLibrary ? nil : "R=\(event.runtime_id)/N=\(event.native_id)")
      },
      Column("event", "TYPE", width: 8, role: .key) { row, cell in
        switch Int32(truncatingIfNeeded: row.event.kind) {
        case UTHREADS_BEGAN: cell.literal("start")
        case UTHREADS_ENDED: cell.literal("stop")
        default: cell.literal("pthread")
        }
      },
      Column("address", "ADDRESS", width: 18, presence: .hidden) {
        $1.hexadecimal($0.event.isOfLibrary ? $0.event.function : nil)
      },
      Column("description", "DESCRIPTION", width: 0) { row, cell in
        let event = row.event
        guard event.isOfLibrary else { return cell.text(cString: event.name) }
        if let name = names.name(of: event.function, in: event.owner) {
          cell.text(name)
        } else {
          cell.none(words: "0x" + String(event.function, radix: 16))
        }
      },
    ]
  }
}

extension uthreads_event {
  /// The C library created it; else a runtime reports it.
  fileprivate var isOfLibrary: Bool { kind == UInt32(UTHREADS_CREATED) }
}

extension uthreads_config: @retroactive ConfigurationLayout {}
extension uthreads_event: @retroactive EventLayout {}
