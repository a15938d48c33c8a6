/// The hooks of tools that follow TCP sessions (`lib/tcp_session.bpf.h`).
extension HookPlan {
  private static let accepts = ["accept", "accept4"].map {
    "accept_exit@syscalls/sys_exit_\($0)"
  }

  /// - Parameter more: the tool's further programs, each as a typed tracepoint and
  ///   as a raw one: `tp_btf_NAME` and `raw_tp_NAME`.
  public static func tcpSessions(with more: [String] = []) -> [HookPlan] {
    let typed = tcpSessionPrograms(.typedTracepoint, with: more)
    return [
      HookPlan(.tracepoint, typed + accepts),
      HookPlan(.typedTracepoint, typed + ["any_syscall_exit"]),
      HookPlan(.rawTracepoint, tcpSessionPrograms(.rawTracepoint, with: more), optional: accepts),
    ]
  }

  /// A plan with a function of the kernel beside the sessions.
  public static func tcpSessions(
    with more: [String], _ kind: HookKind, _ function: String
  ) -> HookPlan {
    HookPlan(
      kind, tcpSessionPrograms(.typedTracepoint, with: more) + [function], optional: accepts)
  }

  private static func tcpSessionPrograms(_ kind: HookKind, with more: [String]) -> [String] {
    (["set_state"] + more).map { "\(kind.rawValue)_\($0)" }
  }
}
