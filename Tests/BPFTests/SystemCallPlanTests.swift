import Testing

@testable import BPF

@Suite struct SystemCallPlanTests {
  @Test func `exits are those of each call, or one program at all`() {
    let plans = HookPlan.systemCallExits(of: ["newfstatat", "stat"], optional: ["more"])
    #expect(plans.map(\.kind) == [.tracepoint, .typedTracepoint, .rawTracepoint, .tracepoint])
    #expect(
      plans.map(\.programs) == [
        ["call_exit@syscalls/sys_exit_newfstatat"], ["any_syscall_exit"],
        ["any_syscall_exit_raw"], ["call_exit@syscalls/sys_exit_newfstatat"],
      ])
    let other = "call_exit@syscalls/sys_exit_newstat"
    #expect(plans.map(\.optionalPrograms) == [[other, "more"], ["more"], ["more"], [other]])
    #expect(plans.map(\.readsTypes) == [true, true, true, false])
    let typed = HookPlan.systemCallExits(of: ["stat"], needsTypes: true)
    #expect(typed.map(\.readsTypes) == [true, true, true, true])
    let frequent = HookPlan.systemCallExits(of: ["read"], areFrequent: true)
    #expect(frequent.map(\.kind) == [.typedTracepoint, .tracepoint, .rawTracepoint, .tracepoint])
  }

  @Test func `pairs have the entries too`() {
    let plans = HookPlan.systemCallPairs(of: ["fsync", "sync"])
    #expect(
      plans[0].programs
        == ["call_enter@syscalls/sys_enter_fsync", "call_exit@syscalls/sys_exit_fsync"])
    #expect(
      plans[0].optionalPrograms
        == ["call_enter@syscalls/sys_enter_sync", "call_exit@syscalls/sys_exit_sync"])
    #expect(plans[1].programs == ["any_syscall_enter", "any_syscall_exit"])
    #expect(plans[2].programs == ["any_syscall_enter_raw", "any_syscall_exit_raw"])
  }

  @Test func `a tracepoint is found under the name that the kernel gives it`() throws {
    guard let tracefs = KernelFeatures.tracefs else { return }
    #if arch(x86_64)
      let calls = ["stat", "lstat", "fstat", "uname", "sendfile", "umount2", "openat", "statx"]
      for call in calls {
        let name = HookPlan.tracepointName(of: call)
        #expect(File.exists("\(tracefs)/events/syscalls/sys_exit_\(name)"), "\(call)")
      }
    #endif
  }
}
