import BPFObjects
import TraceKit

@main
struct Ustat: RankedTool {
  static let configuration = CommandConfiguration.tool(
    "ustat", "Show what programs in Java, Python, Ruby and other languages do.",
    examples: [
      ("ustat", "a table every second"),
      ("ustat 5 10", "ten tables of 5 seconds"),
      ("ustat -C", "one table below the other"),
      ("ustat -l java", "Java only"),
      ("ustat -S gc -r 5", "the 5 that collect garbage most often"),
      ("ustat -p 181", "process 181 only"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let duration: Character? = "d"
  }

  /// What is counted, by the name that `--sort` has for it.
  enum Order: String, CaseIterable, ExpressibleByArgument {
    case cload, excp, gc, method, objnew, thread
  }

  @Option(name: .shortAndLong, help: "Trace this language only.")
  var language: Language?

  @Option(name: .customShort("S"), help: "The same as --sort.")
  var order: Order?

  @OptionGroup var ranked: RankedOptions<Letters>

  private static let known = Language.allCases.filter { $0 != .c }

  func validate() throws {
    if language == .c { throw ValidationError("--language: programs in C have no such probes.") }
    if let order { ranked.display.sort(by: order.rawValue) }
  }

  static let recordType = "process"
  static var image: ObjectImage { ObjectImage(ustat_image()) }

  /// The default is who does the most.
  static let orders =
    [RankedOrder<Row>("all", by: [{ events($0.totals) }])]
    + activities.map { activity in
      RankedOrder<Row>(activity.order.rawValue, by: [{ count(activity.number, of: $0.totals) }])
    }

  private static let activities: [(order: Order, number: Int32)] = [
    (.method, USTAT_METHOD), (.gc, USTAT_GC), (.objnew, USTAT_OBJECT), (.cload, USTAT_CLASS),
    (.excp, USTAT_EXCEPTION), (.thread, USTAT_THREAD),
  ]

  private static func count(_ activity: Int32, of totals: ustat_counts) -> UInt64 {
    withUnsafeBytes(of: totals.counts) {
      $0.loadUnaligned(fromByteOffset: Int(activity) * 8, as: UInt64.self)
    }
  }

  static func events(_ totals: ustat_counts) -> UInt64 {
    activities.reduce(0) { $0 &+ count($1.number, of: totals) }
  }

  private static let programs: [(activity: LanguageActivity, name: String)] = [
    (.methodBegin, "method_begins"), (.collectionBegin, "collection_begins"),
    (.object, "object_made"), (.classLoad, "class_loaded"), (.exception, "exception_thrown"),
    (.threadBegin, "thread_begins"),
  ]

  private var hooks: [(program: String, note: String)] {
    let languages = language.map { [$0] } ?? Self.known
    return Self.programs.flatMap { activity, program in
      languages.flatMap { $0.probes(activity) }.filter { !$0.isPart }
        .map { (program: program, note: $0.fullName) }
    }
  }

  var plans: [HookPlan] {
    get throws {
      let hooks = hooks
      let functions = LibraryFunctions(
        [], notes: Set(hooks.map(\.note)), programs: Set(Self.programs.map(\.name))
      ) { file in
        hooks.filter { file.notes.contains($0.note) }.map { .init($0.program, atNote: $0.note) }
      }
      return [
        try HookPlan.libraries(
          functions, tool: Self.name, filter: ranked.filter, run: ranked.run)
      ]
    }
  }

  func wireConfiguration() -> ustat_config { ustat_config() }

  var columns: [Column<RankedRow<UInt32, ustat_counts>>] {
    let commands = CommandLines()
    func rate(_ name: String, _ header: String, _ activity: Int32, width: Int) -> Column<Row> {
      Column(name, header, width: width, role: .total) {
        $1.rate(Self.count(activity, of: $0.totals), in: $0.span)
      }
    }
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("pid", "PID", width: 6) { $1.integer($0.key) },
      Column("comm", "COMM", width: 15, presence: .hidden, role: .key) {
        $1.text(cString: $0.totals.comm)
      },
      Column("cmdline", "CMDLINE", width: 20, isCut: true) { row, cell in
        guard let line = commands.line(of: row.key) else {
          return cell.text(cString: row.totals.comm)
        }
        line.withUnsafeBytes { cell.text($0) }
      },
      rate("methods", "METHOD/s", USTAT_METHOD, width: 10),
      rate("collections", "GC/s", USTAT_GC, width: 6),
      rate("objects", "OBJNEW/s", USTAT_OBJECT, width: 10),
      rate("classes", "CLOAD/s", USTAT_CLASS, width: 8),
      rate("exceptions", "EXC/s", USTAT_EXCEPTION, width: 6),
      rate("threads", "THR/s", USTAT_THREAD, width: 0),
      Column("interval_ms", "MS", width: 8, presence: .hidden, role: .detail) {
        $1.integer($0.span / 1_000_000)
      },
    ]
  }
}

extension ustat_config: @retroactive ConfigurationLayout {}
