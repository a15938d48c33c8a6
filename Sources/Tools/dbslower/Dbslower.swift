import BPFObjects
import TraceKit

@main
struct Dbslower: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "dbslower", "Trace slow queries of MySQL, MariaDB and PostgreSQL.",
    examples: [
      ("dbslower postgres", "queries of PostgreSQL from 1 ms on"),
      ("dbslower mysql -m 10", "those of MySQL and MariaDB from 10 ms on"),
      ("dbslower postgres -m 0 -p 408", "all of one server process"),
      ("dbslower mysql -x /opt/mysql/bin/mysqld", "those of this program"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Argument(help: "The kind of server: mysql or postgres.")
  var kind: Database?

  /// Without a kind only the hooks are tried.
  private var database: Database { kind ?? .postgres }

  @Argument(help: "The process of the server; the same as --pid.", transform: Parse.pid)
  var process: UInt32?

  @Argument(help: "The same as --threshold.", transform: Parse.milliseconds)
  var shortest: UInt64?

  @Option(
    name: [.customShort("m"), .long], parsing: .unconditional,
    help: "Show queries that took at least so many milliseconds (default: 1).",
    transform: Parse.milliseconds)
  var threshold: UInt64?

  @Option(
    name: [.customShort("x"), .long],
    help: "Trace the function for commands of this program of MySQL or MariaDB.",
    completion: .file())
  var exe: String?

  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if kind == nil, !stream.onlyAnswers {
      throw ValidationError("a kind of server is missing: mysql or postgres.")
    }
    if let process {
      guard stream.filter.pid == nil else {
        throw ValidationError("the process \(process) and --pid cannot be combined.")
      }
      stream.filter.pid = [process]
    }
    if shortest != nil, threshold != nil {
      throw ValidationError("a number of milliseconds and --threshold cannot be combined.")
    }
    guard let exe else { return }
    if !File.exists(exe) { throw ValidationError("--exe: there is no file '\(exe)'.") }
    if database != .mysql { throw ValidationError("--exe: '\(exe)' needs mysql.") }
  }

  static let recordType = "query"
  static var image: ObjectImage { ObjectImage(dbslower_image()) }

  var plans: [HookPlan] {
    get throws {
      [
        try database.plan(
          program: exe, tool: Self.name, filter: stream.filter, run: stream.run)
      ]
    }
  }

  func wireConfiguration() -> dbslower_config {
    var config = dbslower_config()
    config.query = query_config(least: threshold ?? shortest ?? 1_000_000)
    return config
  }

  var columns: [Column<Record<dbslower_event>>] {
    [
      .time(presence: .hidden),
      .elapsed(width: 14, decimals: 6, presence: .shown),
      .pid(),
      .comm(presence: .hidden),
      .uid(width: 5, presence: .hidden),
    ] + Column.identity() + [
      Column("duration_ms", "MS", width: 8, alignment: .right) {
        $1.milliseconds($0.event.duration_ns)
      },
      Column("cut", "CUT", width: 3, presence: .hidden) { $1.bool($0.event.cut != 0) },
      Column("query", "QUERY", width: 0) { row, cell in
        guard row.event.has_text != 0 else { return cell.none() }
        row.withTail(count: Int(row.event.size)) { cell.text($0) }
      },
    ]
  }
}

extension dbslower_config: @retroactive ConfigurationLayout {}
extension dbslower_event: @retroactive EventLayout {}
