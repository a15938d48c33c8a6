import BPFObjects
import TraceKit

@main
struct Dbstat: HistogramTool {
  static let configuration = CommandConfiguration.tool(
    "dbstat", "Summarize the latency of database queries as a histogram.",
    examples: [
      ("dbstat postgres", "queries of PostgreSQL, one histogram at the end"),
      ("dbstat mysql -u -i 1", "those of MySQL and MariaDB in microseconds, each second"),
      ("dbstat postgres -m 10", "those from 10 ms on"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Argument(help: "The kind of server: mysql or postgres.")
  var kind: Database?

  /// Without a kind only the hooks are tried.
  private var database: Database { kind ?? .postgres }

  @Option(
    name: [.customShort("m"), .long], parsing: .unconditional,
    help: "Count queries that took at least so many milliseconds.",
    transform: Parse.milliseconds)
  var threshold: UInt64 = 0

  @Flag(name: [.customShort("u"), .long], help: "Count in microseconds instead of milliseconds.")
  var microseconds = false

  @Option(
    name: [.customShort("x"), .long],
    help: "Trace the function for commands of this program of MySQL or MariaDB.",
    completion: .file())
  var exe: String?

  @OptionGroup var histogram: RegularDistributionOptions<Letters>

  func validate() throws {
    if kind == nil, !histogram.run.onlyAnswers {
      throw ValidationError("a kind of server is missing: mysql or postgres.")
    }
    guard let exe else { return }
    if !File.exists(exe) { throw ValidationError("--exe: there is no file '\(exe)'.") }
    if database != .mysql { throw ValidationError("--exe: '\(exe)' needs mysql.") }
  }

  var subject: String { "queries of \(database.rawValue)" }
  var unit: HistogramUnit { microseconds ? .microseconds : .milliseconds }
  static var image: ObjectImage { ObjectImage(dbstat_image()) }

  var plans: [HookPlan] {
    get throws {
      [
        try database.plan(
          program: exe, tool: Self.name, filter: histogram.filter, run: histogram.run)
      ]
    }
  }

  func wireConfiguration() -> dbstat_config {
    var config = dbstat_config()
    config.query = query_config(least: threshold)
    config.divisor = microseconds ? 1000 : 1_000_000
    return config
  }

  var isKeyed: Bool { false }
  var keyColumns: [Column<KeyedHistogram<UInt32>>] { [] }
  func heading(_ histogram: KeyedHistogram<UInt32>) -> [UInt8] { [] }
}

extension dbstat_config: @retroactive ConfigurationLayout {}
