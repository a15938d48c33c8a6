import BPFObjects
import TraceKit

@main
struct Syscount: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "syscount", "Count system calls, and measure how long they take.",
    examples: [
      ("syscount", "the ten most frequent calls, at the end"),
      ("syscount -i 1", "every second"),
      ("syscount -p 181", "of process 181 only"),
      ("syscount -L", "the calls that take longest, with the time"),
      ("syscount -P", "by process instead of by call"),
      ("syscount -x -i 5", "failed calls only"),
      ("syscount -e ENOENT", "calls that failed with one error"),
      ("syscount -P --syscall openat", "who makes one call"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let cgroup: Character? = "c"
    static let duration: Character? = "d"
  }

  @Flag(name: [.customShort("L"), .long], help: "Measure latency, and sort by it.")
  var latency = false

  @Flag(
    name: .shortAndLong, help: "Print latency in milliseconds instead of microseconds.")
  var milliseconds = false

  @Flag(name: [.customShort("P"), .long], help: "Count by process instead of by call.")
  var process = false

  @Flag(name: [.customShort("x"), .long], help: "Count failed calls only.")
  var failures = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Count only calls that failed with this error, by name or number.",
    transform: Parse.errno)
  var errno: Int32?

  @Option(
    parsing: .unconditional, help: "Count this call only.", completion: .systemCall,
    transform: Parse.systemCall)
  var syscall: UInt32?

  @Option(
    parsing: .unconditional, help: "Count calls of children of this process only.",
    completion: .process, transform: Parse.pid)
  var ppid: UInt32?

  @Flag(name: .shortAndLong, help: "List the system calls of this machine, and exit.")
  var list = false

  @OptionGroup var summary: SummaryOptions<Letters>

  static let subject = "system calls"
  static var image: ObjectImage { ObjectImage(syscount_image()) }

  var recordType: String { process ? "process" : "syscall" }

  var answer: String? {
    guard list else { return nil }
    return SystemCalls.all.map { call in
      let number = "\(call.number)"
      return String(repeating: " ", count: 3 - number.count) + number + ": " + call.name
    }.joined(separator: "\n")
  }

  var plans: [HookPlan] { HookPlan.everySystemCall(entries: latency) }

  func wireConfiguration() -> syscount_config {
    var config = syscount_config()
    config.per_process = process ? 1 : 0
    config.latency = latency ? 1 : 0
    config.failed_only = failures ? 1 : 0
    config.error = UInt32(errno ?? 0)
    config.one_call = syscall == nil ? 0 : 1
    config.call = syscall ?? 0
    config.ppid = ppid ?? 0
    return config
  }

  private var keys: TallyReader.Keys { process ? .processes : .kinds(Int(SYSCALL_KINDS)) }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    try keys.makeRoom(in: &object)
    if latency { try object.setMaxEntries(of: "starts", to: 65_536) }
  }

  func source(_ session: Session) throws(BPFError) -> TallyReader {
    try TallyReader(session, keys, isByTime: latency)
  }

  var columns: [Column<Tally>] {
    let key: [Column<Tally>] =
      process
      ? [
        Column("pid", "PID", width: 6) { $1.integer($0.key) },
        Column("comm", "COMM", width: 15, role: .key) { row, cell in
          row.comm.withUnsafeBytes { cell.text($0) }
        },
      ]
      : [
        Column("syscall", "SYSCALL", width: 22, role: .key) { $1.text(Self.name(of: $0.key)) },
        Column("number", "NR", width: 4, alignment: .right, presence: .hidden) { row, cell in
          if row.key < SYSCALL_OF_32_BIT { cell.integer(row.key) } else { cell.none() }
        },
      ]
    return [Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) }] + key
      + [
        Column("count", "COUNT", width: 8, alignment: .right, role: .total) { $1.integer($0.count) }
      ]
      + (latency ? .durations(inMilliseconds: milliseconds) : [])
  }

  private static func name(of kind: UInt32) -> String {
    switch Int32(kind) {
    case SYSCALL_OF_32_BIT: "[32-bit]"
    case SYSCALL_OTHER: "[other]"
    default: SystemCalls.name(of: kind) ?? "[\(kind)]"
    }
  }
}

extension syscount_config: @retroactive ConfigurationLayout {}
