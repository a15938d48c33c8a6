import BPFObjects
import TraceKit

@main
struct Klockstat: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "klockstat", "Summarize how long threads wait for locks of the kernel and hold them.",
    examples: [
      ("klockstat", "all locks, until Ctrl-C"),
      ("klockstat -d 5", "for five seconds"),
      ("klockstat -i 5 -R", "every five seconds, each anew"),
      ("klockstat -p 181", "process 181 only"),
      ("klockstat -c pipe_", "callers whose name begins so"),
      ("klockstat -L cgroup_mutex", "one lock only"),
      ("klockstat -S acq_count,hld_total", "waits by number, holds by total time"),
      ("klockstat -n 3 -s 6", "three callers, six frames each"),
      ("klockstat -P", "by thread"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let duration: Character? = "d"
  }

  @OptionGroup var summary: LockTimesOptions<Letters>

  func validate() throws {
    if summary.perThread, summary.stacks > 1 {
      throw ValidationError("--per-thread and --stacks cannot be combined.")
    }
  }

  static let subject = "locks of the kernel"
  var heading: SummaryHeading { summary.timestamp ? .timeAndColumns : .columnsApart }
  var recordType: String { "lock" }
  static var image: ObjectImage { ObjectImage(klockstat_image()) }

  private static let mutex = ["mutex_lock_interruptible", "mutex_lock_killable", "mutex_lock_io"]
  private static let debugged = [
    "mutex_lock_interruptible_nested", "mutex_lock_killable_nested", "mutex_lock_io_nested",
    "_mutex_lock_nest_lock", "_mutex_lock_killable", "down_read_nested",
    "down_read_killable_nested", "down_write_nested", "down_write_killable_nested",
    "_down_write_nest_lock",
  ]
  private static let semaphore = [
    "down_read_interruptible", "down_read_killable", "down_write_killable",
  ]
  private static let tries = [
    "mutex_trylock", "_mutex_trylock_nest_lock", "down_read_trylock", "down_write_trylock",
  ]

  /// Hooks at functions, of which each kernel has some. The returns first: of two kprobes at
  /// a function the later runs first, and before 5.15 a stack cannot be read once the return
  /// address was replaced.
  private static func functions(_ kind: HookKind, begin: String, end: String) -> HookPlan {
    func pair(_ function: String) -> [String] { [end + function, begin + function] }
    let others = (mutex + semaphore + debugged).flatMap(pair)
    return HookPlan(
      kind,
      [end, begin].map { "\($0)mutex_lock|\($0)mutex_lock_nested" }
        + (pair("down_read") + pair("down_write"))
        + ["mutex_unlock", "up_read", "up_write"].map { begin + $0 },
      optional: others + tries.flatMap { kind == .fentry ? [end + $0] : pair($0) })
  }

  var plans: [HookPlan] {
    [
      Self.functions(.fentry, begin: "fentry_", end: "fexit_"),
      Self.functions(.kprobe, begin: "kprobe_", end: "kretprobe_"),
    ]
      + HookPlan.tracepoints(["contention_begin", "contention_end"]).map {
        $0.withCaveat(
          "waits for contended locks only: how long locks are held is known where the kernel "
            + "permits fentry or kprobes")
      }
  }

  func wireConfiguration() throws -> klockstat_config {
    var config = klockstat_config()
    config.stacks = summary.frames
    config.lock = try summary.lock.map(KernelLockNames.address) ?? 0
    config.per_thread = summary.perThread ? 1 : 0
    config.spinlocks = summary.spinlocks ? 1 : 0
    return config
  }

  func configure(_ object: inout OpenObject) throws(BPFError) {
    try object.setStackTotalsRoom(summary.storage.size, isRepeated: summary.seconds != nil)
  }

  func source(_ session: Session) throws(BPFError) -> LockTimesSummary {
    let symbols = Symbolizer { tell("klockstat: \($0)") }
    return LockTimesSummary(
      try StackTotalsReader(session, symbols: symbols) { $0.stack }, options: summary.choice)
  }

  var columns: [Column<LockTimesRow>] { columns(of: nil) }

  var tables: [TablePart<LockTimesRow>] {
    LockTimesRow.Side.allCases.map { side in
      TablePart(columns(of: side)) { $0.side == side }
    }
  }

  private func columns(of side: LockTimesRow.Side?) -> [Column<LockTimesRow>] {
    let verb = side == .hold ? "Hold" : "Wait"
    func time(
      _ name: String, _ header: String, _ width: Int,
      _ value: @escaping @Sendable (lock_times) -> UInt64
    ) -> Column<LockTimesRow> {
      Column(name, "\(header) \(verb)", width: width, alignment: .right) {
        $1.scaledTime(nanoseconds: value($0.times))
      }
    }
    let acquirer: [Column<LockTimesRow>] =
      summary.perThread
      ? [
        Column("tid", "Tid", width: 20, alignment: .right) { $1.integer($0.key.tid) },
        Column("comm", "Comm", width: 16, alignment: .right, role: .key) {
          $1.text(cString: $0.times.comm)
        },
      ]
      : [
        Column("caller", "Caller", width: 37, alignment: .right) { $1.textOrNone($0.places.first) }
      ]
    let times: [Column<LockTimesRow>] = [
      time("avg_ns", "Avg", 9) { $0.total_ns / max($0.count, 1) },
      Column("count", "Count", width: 8, alignment: .right, role: .total) {
        $1.integer($0.times.count)
      },
      time("max_ns", "Max", 10, \.max_ns),
      time("total_ns", "Total", 12, \.total_ns),
    ]
    return Column.sides + acquirer + times + Column.longest
      + (summary.perThread ? [] : [Self.stack])
  }

  private static let stack = Column<LockTimesRow>("kernel", "KERNEL", width: 0, presence: .hidden) {
    $1.frames($0.frames)
  }

  func details(of row: LockTimesRow) -> [String] {
    summary.stacks > 1 ? row.details(callerWidth: 37) : []
  }
}

extension klockstat_config: @retroactive ConfigurationLayout {}
