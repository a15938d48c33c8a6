import BPFObjects
import TraceKit

@main
struct Funccount: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "funccount", "Count calls of functions, tracepoints and USDT probes.",
    examples: [
      ("funccount 'vfs_*'", "functions of the kernel, until Ctrl-C"),
      ("funccount -i 1 't:block:*'", "tracepoints, every second"),
      ("funccount -d 10 c:malloc", "a function of the C library, for ten seconds"),
      ("funccount -p 181 'c:*'", "what process 181 calls there"),
      ("funccount u:postgres:query__start", "a USDT probe of a program"),
      ("funccount -r 'c:(read|write)'", "a regular expression"),
      ("funccount -p 181 r:c:getaddrinfo", "returns"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let duration: Character? = "d"
  }

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Count on this CPU only.",
    completion: .cpu, transform: Parse.cpu)
  var cpu: Int32?

  @Flag(
    name: [.customShort("D"), .long], help: "List the places that the probes are attached to.")
  var debug = false

  @OptionGroup var summary: ProbeSummaryOptions<Letters>

  static let subject = "calls"
  static var image: ObjectImage { ObjectImage(funccount_image()) }

  let recordType = "function"

  var heading: SummaryHeading {
    summary.timestamp ? .timeAndColumns : summary.seconds == nil ? .columns : .columnsApart
  }

  private var places: ProbeSet {
    get throws { try summary.probes.places(summary.filter, command: commandLine) }
  }

  var plans: [HookPlan] {
    get throws {
      if debug { for name in try places.names { tell("\(Self.name): \(name)") } }
      return try summary.probes.plans(
        summary.filter, command: commandLine, .same, tellsApart: true)
    }
  }

  func wireConfiguration() throws -> funccount_config {
    var config = funccount_config()
    config.kinds = UInt32(try places.names.count)
    config.one_cpu = cpu == nil ? 0 : 1
    config.cpu = UInt32(cpu ?? 0)
    return config
  }

  private func keys() -> TallyReader.Keys { .kinds((try? places.names.count) ?? 1) }

  func configure(_ object: inout OpenObject) throws(BPFError) { try keys().makeRoom(in: &object) }

  func source(_ session: Session) throws(BPFError) -> TallyReader {
    try TallyReader(session, keys(), isByTime: false, greatestLast: true)
  }

  var columns: [Column<Tally>] {
    let names = (try? places.names) ?? []
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column("function", "FUNC", width: 36, role: .key) { $1.text(names[Int($0.key)]) },
      Column("count", "COUNT", width: 8, alignment: .right, role: .total) { $1.integer($0.count) },
    ]
  }
}

extension funccount_config: @retroactive ConfigurationLayout {}
