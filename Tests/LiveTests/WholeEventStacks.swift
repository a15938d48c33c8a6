import Foundation
import Testing
import TraceKit

extension Live {
  /// Stacks of events have all their callers too, through code without frame pointers.
  @Suite struct WholeEventStacks {
    /// Of the 97 events of a workload: what each stack begins with, its callers, and how it ends.
    private static let callers = ["compare_asking", "nest_ask", "ask_often"]

    private func rows(
      _ tool: String, _ options: [String], plan: String? = nil, inThread: Bool,
      program: String? = nil, count: Int = 97
    ) throws -> [Row] {
      let thread = inThread ? ["thread"] : []
      let workload = try Workload(["nests", "ask", "97"] + thread, program: program)
      let run = try TracedRun(
        tool, ["--json", "-U", "-p", "\(workload.pid)"] + options, plan: plan)
      workload.go()
      // Its functions have names while it is there.
      try waitFor("\(count) rows") {
        run.process.output.text.utf8.count { $0 == UInt8(ascii: "\n") } == count
      }
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return try result.rows()
    }

    /// Whether functions call each other, innermost first; those between them may be any.
    private func isWhole(_ row: Row, _ functions: [String], inThread: Bool) -> Bool {
      let frames = row.texts("user_stack")
      var rest = functions[...]
      for frame in frames where frame == rest.first { rest = rest.dropFirst() }
      let last = frames.last ?? ""
      return rest.isEmpty && frames.first == functions.first
        && (inThread ? frames.contains("start_thread") && !last.hasPrefix("[") : last == "_start")
    }

    /// A program without frame pointers, where it can be built; the tests' own workload has them,
    /// but calls its functions through the C library.
    private func eachProgram(_ body: (String?) throws -> Void) throws {
      let scratch = try Scratch()
      try body(nil)
      if let program = try WholeStacks.built(["gcc", "-fomit-frame-pointer"], in: scratch) {
        try body(program)
      }
    }

    @Test(
      "each check of a capability has its callers, up to main or the thread's start",
      arguments: Plan.offered("capable"), [false, true])
    func checks(_ plan: Plan, inThread: Bool) throws {
      try eachProgram { program in
        let rows = try rows(
          "capable", ["--cap", "sys_chroot"], plan: plan.hooks, inThread: inThread,
          program: program)
        #expect(rows.count == 97)
        let whole = rows.filter { isWhole($0, ["chroot"] + Self.callers, inThread: inThread) }
        #expect(whole.count == 97, "\(rows.first.map { $0.texts("user_stack") } ?? [])")
      }
    }

    @Test("so have calls of two functions of a library", arguments: [false, true])
    func probes(inThread: Bool) throws {
      guard KernelFeatures.uprobes == .yes else { return }
      try eachProgram { program in
        let rows = try rows(
          "trace", ["c:chroot", "c:qsort"], inThread: inThread, program: program, count: 194)
        let asked = rows.filter { isWhole($0, ["chroot"] + Self.callers, inThread: inThread) }
        let sorted = rows.filter { isWhole($0, ["qsort", "nest_ask"], inThread: inThread) }
        #expect(rows.count == 194 && asked.count == 97 && sorted.count == 97, "\(rows)")
      }
    }

    @Test("so have slow calls when they return", arguments: [false, true])
    func returns(inThread: Bool) throws {
      guard KernelFeatures.uprobes == .yes else { return }
      try eachProgram { program in
        let rows = try rows(
          "funcslower", ["-u", "0", "c:chroot"], inThread: inThread, program: program)
        #expect(rows.count == 97)
        let whole = rows.filter { isWhole($0, Self.callers, inThread: inThread) }
        #expect(whole.count == 97, "\(rows.first.map { $0.texts("user_stack") } ?? [])")
      }
    }

    @Test("with --frame-pointers stacks are as the kernel takes them")
    func framePointers() throws {
      let rows = try rows(
        "capable", ["--cap", "sys_chroot", "--frame-pointers"], inThread: false)
      #expect(rows.count == 97)
      #expect(!rows.contains { $0.texts("user_stack").contains { $0.hasPrefix("[") } })
    }
  }
}
