/// The kernel's own account of how long tasks wait for a CPU.
public enum SchedulerAccount {
  /// Whether it is kept: with CONFIG_SCHEDSTATS, and from 5.14 with
  /// CONFIG_TASK_DELAY_ACCT too (4e29fb709885 "sched: Rename sched_info_{queued,dequeued}"
  /// and its series). This process has had at least one turn on a CPU, which is
  /// the third number of its file.
  static var isKept: Bool {
    let text = File.contents(of: "/proc/self/schedstat") ?? ""
    let turns = text.split(whereSeparator: \.isWhitespace).dropFirst(2).first
    return turns.flatMap { UInt64($0) } ?? 0 > 0
  }

  /// Why it cannot be read; nil where it is kept.
  static var obstacle: Obstacle? {
    isKept
      ? nil
      : Obstacle("the kernel does not account for waiting tasks", cure: .missingSchedulerAccount)
  }
}

extension HookPlan {
  /// The waits of tasks for a CPU, by the programs of `lib/run_wait.bpf.h`: from the
  /// kernel's own account, or by wake-ups.
  public static var runQueueWaits: [HookPlan] {
    let kinds = [HookKind.typedTracepoint, .rawTracepoint]
    return kinds.map { kind in
      HookPlan(kind, ["\(kind.rawValue)_account_switch"]) { SchedulerAccount.obstacle }
    }
      + kinds.map { kind in
        HookPlan(
          kind, ["wakeup", "wakeup_new", "wakeup_switch"].map { "\(kind.rawValue)_\($0)" })
      }
  }
}
