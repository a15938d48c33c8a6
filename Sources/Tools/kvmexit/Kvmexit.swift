import BPFObjects
import TraceKit

@main
struct Kvmexit: SummaryTool {
  static let configuration = CommandConfiguration.tool(
    "kvmexit", "Count the exits of virtual machines by their reason.",
    examples: [
      ("kvmexit", "each thread's exits at the end"),
      ("kvmexit 5", "those of five seconds"),
      ("kvmexit -p 185", "one virtual machine"),
      ("kvmexit -p 185 -a", "each of its threads"),
      ("kvmexit -p 185 -v 0", "its virtual CPU 0"),
      ("kvmexit -T 188,189", "two threads"),
      ("kvmexit --userspace -i 1", "returns to user space, every second"),
    ])

  enum Letters: OptionLetters {
    static let pid: Character? = "p"
    static let tid: Character? = "t"
    static let verbose: Character? = nil
  }

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Trace these threads only: IDs separated by commas.", transform: Parse.pids)
  var tids: [UInt32]?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Trace virtual CPUs of this number only.",
    transform: { try Parse.integer($0, "a virtual CPU", in: 0...UInt32(UInt16.max)) })
  var vcpu: UInt32?

  @Flag(
    name: [.customShort("a"), .customLong("alltids")],
    help: "Distinguish the threads of the --pid processes.")
  var allThreads = false

  @Flag(help: "Count returns to user space instead of exits to the kernel.")
  var userspace = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Accepted for compatibility: the counts need no threads.", transform: Parse.count)
  var maxParallelism: Int?

  @Flag(name: .shortAndLong, help: "Report which hooks are used, like --verbose.")
  var debug = false

  @OptionGroup var summary: TimedSummaryOptions<Letters, UntilInterrupted>

  func validate() throws {
    let filters = [summary.filter.tid != nil, tids != nil, vcpu != nil, allThreads]
    if filters.count(where: { $0 }) > 1 {
      throw ValidationError("--tid, --tids, --vcpu and --alltids cannot be combined.")
    }
    if let tids, tids.count > KVMEXIT_THREADS {
      throw ValidationError("--tids: at most \(KVMEXIT_THREADS) threads are supported.")
    }
    if debug { summary.run.reportHooks() }
  }

  static let subject = "exits of virtual machines"
  let recordType = "exit"
  var heading: SummaryHeading { .columns }
  static var image: ObjectImage { ObjectImage(kvmexit_image()) }

  var plans: [HookPlan] {
    guard !userspace else {
      let needsCall = vcpu != nil
      let plan = HookPlan(.rawTracepoint, ["user_exit"], obstacle: { ExitReasons.missingModule })
      return [
        plan.unless {
          guard needsCall, case .no(let reason) = KernelFeatures.savedRegisters else { return nil }
          return Obstacle(reason, cure: .missingSavedRegisters)
        }
      ]
    }
    let plan = HookPlan(.tracepoint, ["guest_exit"], readsTypes: false) {
      ExitReasons.missingModule ?? ExitReasons.unknownRecord
    }
    return File.exists("/sys/module/kvm_pvm")
      ? [plan.withCaveat("kvm_pvm does not report exits to the kernel; use --userspace")] : [plan]
  }

  func wireConfiguration() -> kvmexit_config {
    var config = kvmexit_config()
    config.vcpus = !collapses || vcpu != nil ? 1 : 0
    config.one_vcpu = vcpu == nil ? 0 : 1
    config.vcpu = vcpu ?? 0
    config.thread_count = UInt32(tids?.count ?? 0)
    withUnsafeMutableBytes(of: &config.threads) { room in
      (tids ?? []).withUnsafeBytes { room.copyMemory(from: $0) }
    }
    let fields = ExitReasons.format?.fields ?? [:]
    func offset(_ name: String) -> UInt32 { UInt32(fields[name]?.offset ?? 0) }
    config.reason_offset = offset("exit_reason")
    config.isa_offset = offset("isa")
    config.vcpu_offset = offset("vcpu_id")
    return config
  }

  /// Whether the threads of a process are one row: those of one that was named.
  private var collapses: Bool {
    summary.filter.pid != nil && summary.filter.tid == nil && tids == nil && !allThreads
  }

  func source(_ session: Session) throws(BPFError) -> TotalsSummary<kvmexit_key, kvmexit_totals> {
    let collapses = collapses
    return try TotalsSummary(
      session,
      merge: { entries in
        guard collapses else { return entries }
        return entries.summed {
          $0.tid = 0
        } add: {
          $0.count += $1.count
        }
      }, events: { $0.count })
  }

  var columns: [Column<SummaryTotals<kvmexit_key, kvmexit_totals>>] {
    let isOneThread = summary.filter.tid != nil
    let isOneProcess = summary.filter.pid?.count == 1 && !summary.filter.follow
    let reasons = ExitReasons()
    return [
      Column("time", "TIME", width: 8, presence: .hidden) { $1.time($0.time) },
      Column(
        "pid", "PID", width: 8, presence: .when(!isOneProcess && !isOneThread && tids == nil)
      ) { $1.integer($0.key.pid) },
      Column(
        "tid", tids == nil ? "TID" : "TIDS", width: 8, presence: .when(!collapses && !isOneThread)
      ) { $0.key.tid == 0 ? $1.none() : $1.integer($0.key.tid) },
      Column("vcpu", "VCPU", width: 5, presence: .hidden) {
        let vcpu = $0.key.vcpu
        vcpu == KVMEXIT_NO_VCPU ? $1.none() : $1.integer(vcpu)
      },
      Column("isa", "ISA", width: 4, presence: .hidden) { row, cell in
        switch row.key.kind {
        case UInt16(KVMEXIT_VMX): cell.literal("VMX")
        case UInt16(KVMEXIT_SVM): cell.literal("SVM")
        default: cell.none()
        }
      },
      Column("reason", "KVM_EXIT_REASON", width: 35, role: .key) {
        $1.text(reasons.name(of: $0.key))
      },
      Column("reason_number", "REASON", width: 10, presence: .hidden) {
        $1.integer($0.key.reason)
      },
      Column("count", "COUNT", width: 8, role: .total) { $1.integer($0.count) },
    ]
  }
}

enum UntilInterrupted: SummaryLength {
  static let seconds: Double? = nil
  static let help: ArgumentHelp = "Count for this many seconds."
}

extension kvmexit_config: @retroactive ConfigurationLayout {}
