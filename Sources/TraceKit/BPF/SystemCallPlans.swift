/// Plans for a list of system calls, by the programs of `lib/syscall_exits.bpf.h` and
/// `lib/syscall_pairs.bpf.h`, and for all of them (`lib/every_syscall.bpf.h`).
extension HookPlan {
  /// The exits of all system calls.
  ///
  /// - Parameter entries: also the entries.
  public static func everySystemCall(entries: Bool) -> [HookPlan] {
    tracepoints(entries ? ["enter", "exit"] : ["exit"])
  }

  /// The exits of some system calls: by the classic tracepoint of each, which costs other
  /// calls nothing, or else by one program at the exits of all calls.
  ///
  /// - Parameters:
  ///   - calls: by their names in system call tables, such as `stat`. The kernel must
  ///     have the first; the others may be missing.
  ///   - optional: more programs, which attach where the kernel has their target. They
  ///     read kernel types.
  ///   - needsTypes: whether the programs read kernel types. Otherwise the last plan does
  ///     without them.
  ///   - areFrequent: whether most calls of a busy machine are among them. One program at all
  ///     exits is tried first then, since a classic tracepoint costs a call several times what
  ///     a typed one does.
  public static func systemCallExits(
    of calls: [String], optional: [String] = [], needsTypes: Bool = false,
    areFrequent: Bool = false
  ) -> [HookPlan] {
    var plans = systemCallPlans(calls, sides: ["exit"], optional: optional, needsTypes: needsTypes)
    if areFrequent { plans.swapAt(0, 1) }
    return plans
  }

  /// The entries and the exits of some system calls. The parameters are those of
  /// ``systemCallExits(of:optional:needsTypes:)``.
  public static func systemCallPairs(
    of calls: [String], optional: [String] = [], needsTypes: Bool = false
  ) -> [HookPlan] {
    systemCallPlans(calls, sides: ["enter", "exit"], optional: optional, needsTypes: needsTypes)
  }

  private static func systemCallPlans(
    _ calls: [String], sides: [String], optional: [String], needsTypes: Bool
  ) -> [HookPlan] {
    func hooks(_ calls: some Sequence<String>) -> [String] {
      calls.flatMap { call in
        sides.map { "call_\($0)@syscalls/sys_\($0)_\(tracepointName(of: call))" }
      }
    }
    let first = hooks(calls.prefix(1)), others = hooks(calls.dropFirst())
    let all = sides.map { "any_syscall_\($0)" }
    return [
      .systemCallExits(first, optional: others + optional),
      HookPlan(.typedTracepoint, all, optional: optional),
      HookPlan(.rawTracepoint, all.map { "\($0)_raw" }, optional: optional),
      .systemCallExits(first, optional: others, readsTypes: needsTypes),
    ]
  }

  /// The kernel names a tracepoint after the function of the call, which can differ
  /// (SYSCALL_DEFINE in fs/stat.c, fs/read_write.c, fs/namespace.c and kernel/sys.c).
  static func tracepointName(of call: String) -> String {
    switch call {
    case "stat", "lstat", "fstat", "uname": "new\(call)"
    case "sendfile": "sendfile64"
    case "umount2": "umount"
    default: call
    }
  }
}
