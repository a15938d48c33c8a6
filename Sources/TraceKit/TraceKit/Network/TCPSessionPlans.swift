/// The hooks of tools that follow TCP sessions (`lib/tcp_session.bpf.h`).
extension HookPlan {
  /// Changes of state alone (`lib/state_hooks.bpf.h`).
  public static func tcpStates() -> [HookPlan] {
    [HookKind.typedTracepoint, .rawTracepoint].map {
      HookPlan($0, tcpSessionPrograms($0, with: []))
    }
  }

  /// Changes of state, and connections when they are accepted (`lib/tcp_accept.bpf.h`).
  public static func tcpAccepts() -> [HookPlan] {
    let requests = ["io_uring_complete"]
    return [
      HookPlan(.fentry, ["tp_btf_set_state", "function_returns"]),
      HookPlan(.tracepoint, ["tp_btf_set_state"] + accepts, optional: requests),
      HookPlan(.typedTracepoint, ["tp_btf_set_state", "any_syscall_exit"], optional: requests),
      HookPlan(.rawTracepoint, ["raw_tp_set_state"] + accepts, optional: requests),
    ]
  }

  /// The exits of accepting calls.
  public static let accepts = ["accept", "accept4"].map {
    "accept_exit@syscalls/sys_exit_\($0)"
  }

  /// - Parameters:
  ///   - more: the tool's further programs, each as a typed tracepoint and as a raw one:
  ///     `tp_btf_NAME` and `raw_tp_NAME`.
  ///   - typed: programs that attach by types, where the kernel has their target.
  public static func tcpSessions(
    with more: [String] = [], optional typed: [String] = []
  ) -> [HookPlan] {
    let all = tcpSessionPrograms(.typedTracepoint, with: more)
    return [
      HookPlan(.tracepoint, all + accepts, optional: typed),
      HookPlan(.typedTracepoint, all + ["any_syscall_exit"], optional: typed),
      HookPlan(.rawTracepoint, tcpSessionPrograms(.rawTracepoint, with: more), optional: accepts),
    ]
  }

  /// The plans of a tool for which sessions matter only where it must know whose they are.
  ///
  /// - Parameters:
  ///   - more: the tool's own programs, as above.
  ///   - isFollowed: whether sessions are followed.
  public static func tcpSessions(with more: [String], followed isFollowed: Bool) -> [HookPlan] {
    if isFollowed { return tcpSessions(with: more) }
    return tracepoints(more)
  }

  /// What processes send and receive by TCP (`lib/tcp_bytes.bpf.h`).
  public static func tcpBytes() -> [HookPlan] {
    tracepoints(["send", "receive"]) + [
      HookPlan(
        .fentry, ["inet_sendmsg_exit", "inet_recvmsg_exit"],
        optional: ["inet6_sendmsg_exit", "inet6_recvmsg_exit", "inet_sendpage_exit"])
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
