import BPFObjects
import TraceKit

@main
struct Deadlock: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "deadlock", "Find locks of a program that threads acquire in different orders.",
    examples: [
      ("deadlock 181", "process 181"),
      ("deadlock -- ./server", "a command"),
      ("deadlock 181 --all", "go on after the first cycle"),
      ("deadlock 181 --dump-graph graph.json", "write the graph of orders to a file"),
      ("deadlock 181 --binary /opt/lib/libpthread.so.0", "the locks of this library"),
      ("deadlock 181 --lock-symbols my_lock --unlock-symbols my_unlock", "locks of its own"),
    ])

  enum Letters: OptionLetters {}

  @Argument(help: "Trace this process, like --pid.", transform: Parse.pid)
  var process: UInt32?

  @OptionGroup var summary: LockOrderOptions<Letters>

  func validate() throws {
    if let process {
      guard summary.filter.pid == nil else { throw ValidationError("The process is given twice.") }
      summary.filter.pid = [process]
    }
    guard summary.filter.pid != nil || commandLine != nil || summary.run.onlyAnswers else {
      throw ValidationError("A process or a command is missing.")
    }
  }

  static let subject = "the order of locks"
  var heading: SummaryHeading { .lines }
  var recordType: String { "order" }
  static var image: ObjectImage { ObjectImage(deadlock_image()) }
  var keptCapabilities: Capabilities { Symbolizer.retained }

  /// All of a tool runs in one thread.
  nonisolated(unsafe) private static var orders = LockOrders()
  nonisolated(unsafe) private static let stacks = UserStacks(tool: "deadlock")

  func trace() throws -> Int32 {
    if summary.dumpGraph != nil { try requireTracing("--dump-graph") }
    let graph = try summary.dumpGraph.map { try DrawingFile($0) }
    let status = try summarize()
    try graph?.write(Self.orders.write)
    return Self.orders.cycleCount > 0 && !summary.all ? 1 : status
  }

  var plans: [HookPlan] {
    get throws {
      let probes = try summary.probes(command: commandLine)
      return [HookPlan(.uprobe, ["thread_begins", "thread_ends"], probes: probes)]
    }
  }

  func wireConfiguration() -> deadlock_config {
    var config = deadlock_config()
    config.stacks = summary.stackConfiguration
    // struct __pthread_mutex_s of glibc (sysdeps/nptl/bits/struct_mutex.h), on both machines.
    if summary.tracesCLibrary {
      config.kind_offset = 16
      config.kind_mask = 3
      config.checked_kind = 2
    }
    return config
  }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    try summary.setUpStacks(&object)
    try object.setMaxEntries(of: "events", to: 1 << 20)
    for map in ["lock_threads", "thread_births"] {
      try object.setMaxEntries(of: map, to: summary.threads)
    }
    try object.setMaxEntries(of: "lock_orders", to: summary.edges)
    // As many locks as can be in so many orders.
    try object.setMaxEntries(of: "lock_generations", to: 2 * summary.edges)
  }

  func fill(_ object: LoadedObject) throws(BPFError) {
    try Self.stacks.fill(object, for: summary.filter)
  }

  func source(_ session: Session) throws(BPFError) -> LockOrderSource {
    try LockOrderSource(
      session, stacks: Self.stacks, orders: Self.orders, endsAtFirst: !summary.all,
      tellsSize: summary.run.isVerbose)
  }

  var columns: [Column<LockOrderRow>] {
    [
      Column("time", "TIME", width: 8) { $1.time($0.order.time) },
      Column("cycle", "CYCLE", width: 5) { $1.integer($0.cycle) },
      Column("place", "PLACE", width: 5) { $1.integer($0.place) },
      Column("length", "LENGTH", width: 6) { $1.integer($0.locks.count) },
      Column("pid", "PID", width: 7) { $1.integer($0.order.pid) },
      Column("tid", "TID", width: 7) { $1.integer($0.order.tid) },
      Column("comm", "COMM", width: 16, role: .key) { $1.text($0.order.comm) },
      Column("held", "HELD", width: 18) { $1.text($0.order.held.address) },
      Column("held_name", "HELDNAME", width: 16) { $1.textOrNone($0.names[$0.place]) },
      Column("held_shared", "HSHARED", width: 7) { $1.bool($0.order.held.isShared) },
      Column("lock", "LOCK", width: 18) { $1.text($0.order.wanted.address) },
      Column("lock_name", "LOCKNAME", width: 16) {
        $1.textOrNone($0.names[($0.place + 1) % $0.names.count])
      },
      Column("shared", "SHARED", width: 6) { $1.bool($0.order.wanted.isShared) },
      Column("stack", "STACK", width: 0) { $1.frames($0.stack) },
      Column("held_stack", "HELDSTACK", width: 0) { $1.frames($0.heldStack) },
      Column("creator_tid", "CTID", width: 7) { $1.integerOrNone($0.birth?.tid) },
      Column("creator_comm", "CCOMM", width: 16) { row, cell in
        if let birth = row.birth { cell.text(birth.comm) } else { cell.none() }
      },
      Column("creator_stack", "CSTACK", width: 0) { $1.frames($0.birth?.stack ?? []) },
    ]
  }

  func details(of row: LockOrderRow) -> [String] { row.lines }
}

extension deadlock_config: @retroactive ConfigurationLayout {}
