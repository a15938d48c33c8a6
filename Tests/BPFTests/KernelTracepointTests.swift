import Testing

@testable import BPF

@Suite(.enabled(if: KernelFeatures.hasTypes, "the kernel has no types of its own"))
struct KernelTracepointTests {
  @Test("the kernel's types say how many arguments a tracepoint has, and which are pointers")
  func arguments() throws {
    // preempt, before, next, and since 5.18 the state of the one before.
    #expect((3...4).contains(try #require(KernelTracepoint.argumentCount("sched_switch"))))
    #expect(KernelTracepoint.passesPointer("sched_switch", at: 0) == false)
    #expect(KernelTracepoint.passesPointer("sched_switch", at: 1) == true)
    #expect(KernelTracepoint.passesPointer("sched_switch", at: 2) == true)
    #expect(KernelTracepoint.passesPointer("sched_switch", at: 9) == nil)
  }

  @Test("of a tracepoint that is not there nothing is known")
  func missing() {
    #expect(KernelTracepoint.argumentCount("no_such_tracepoint") == nil)
    #expect(KernelTracepoint.passesPointer("no_such_tracepoint", at: 0) == nil)
  }
}
