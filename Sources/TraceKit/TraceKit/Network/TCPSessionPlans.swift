/// The hooks of tools that follow TCP sessions (`lib/tcp_session.bpf.h`).
extension HookPlan {
  /// - Parameters:
  ///   - typed: the tool's further programs of typed tracepoints.
  ///   - raw: the same, of raw tracepoints.
  public static func tcpSessions(typed: [String] = [], raw: [String] = []) -> [HookPlan] {
    let accepts = ["accept", "accept4"].map { "accept_exit@syscalls/sys_exit_\($0)" }
    return [
      HookPlan(.tracepoint, ["set_state"] + typed + accepts),
      HookPlan(.typedTracepoint, ["set_state", "any_syscall_exit"] + typed),
      HookPlan(.rawTracepoint, ["set_state_raw"] + raw, optional: accepts),
    ]
  }
}
