import BPFObjects
import TraceKit

@main
struct Gethostlatency: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "gethostlatency", "Trace host name lookups and their latency.",
    examples: [
      ("gethostlatency", "all processes that use a C library in use now"),
      ("gethostlatency -p 181", "process 181 only"),
      ("gethostlatency -l /opt/lib/libc.so.6", "those that use this library"),
      ("gethostlatency --columns +function", "with the function that was called"),
      ("gethostlatency -- getent ahosts example.org", "a command"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
  }

  @Option(name: .shortAndLong, help: "Trace this C library instead of those in use.")
  var libc: String?

  @OptionGroup var stream: StreamOptions<Letters>

  func validate() throws {
    if let libc, !File.exists(libc) {
      throw ValidationError("--libc: there is no file '\(libc)'.")
    }
  }

  static let recordType = "lookup"
  static var image: ObjectImage { ObjectImage(gethostlatency_image()) }

  private static let functions: [(number: Int32, name: String)] = [
    (LOOKUP_getaddrinfo, "getaddrinfo"), (LOOKUP_gethostbyname, "gethostbyname"),
    (LOOKUP_gethostbyname2, "gethostbyname2"),
  ]

  var plans: [HookPlan] {
    get throws {
      let probes = try CLibraries.probes(
        at: Self.functions.map(\.name), in: libc, of: stream.filter.pid ?? [],
        only: stream.filter.onlyProcess(command: commandLine)
      ) { function, place, label in
        [
          Probe("\(function)_begin", place, label: label),
          Probe("lookup_end", place, label: label, atReturn: true),
        ]
      }
      return [HookPlan(.uprobe, probes: probes, readsTypes: false)]
    }
  }

  func wireConfiguration() -> gethostlatency_config { gethostlatency_config() }

  var columns: [Column<Record<gethostlatency_event>>] {
    [
      .time(presence: .shown),
      .pid(),
      .comm(),
      Column("latency_ms", "LATms", width: 10, alignment: .right) {
        $1.fraction($0.event.duration_ns / 1000, per: 1000, decimals: 3)
      },
      .uid(width: 5, presence: .hidden),
    ] + Column.identity() + [
      Column("function", "FUNCTION", width: 14, presence: .hidden, role: .key) { row, cell in
        let function = Self.functions.first { $0.number == row.event.function }
        cell.text(function?.name ?? "")
      },
      Column("failed", "FAIL", width: 4, presence: .hidden, role: .total) {
        $1.bool($0.event.failed != 0)
      },
      Column("host", "HOST", width: 0) { row, cell in
        if row.event.has_host != 0 { cell.text(cString: row.event.host) } else { cell.none() }
      },
    ]
  }
}

extension gethostlatency_config: @retroactive ConfigurationLayout {}
extension gethostlatency_event: @retroactive EventLayout {}
