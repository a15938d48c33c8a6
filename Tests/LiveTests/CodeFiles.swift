import Foundation
import Testing
import TraceKit

extension Live {
  /// Code has names, wherever its file is now.
  @Suite struct CodeFiles {
    /// The functions of a workload that burns the CPU, for so long that it can be looked at.
    private func functions(
      _ options: [String] = [], environment: [String] = [], program: String? = nil,
      meanwhile: () throws -> Void = {}
    ) throws -> [String] {
      let workload = try Workload(["burns", "700"], environment: environment, program: program)
      try meanwhile()
      let run = try TracedRun("profile", ["--json", "-U", "-p", "\(workload.pid)"] + options)
      try workload.run()
      return try run.stop().rows().flatMap { $0.texts("user") }
    }

    private func expectNames(_ functions: [String]) {
      #expect(functions.contains("burn_the_cpu"), "\(functions)")
      #expect(functions.allSatisfy { !$0.hasPrefix("workload+0x") }, "\(functions)")
      #expect(functions.allSatisfy { !$0.hasPrefix("libc.so.6+0x") }, "\(functions)")
    }

    private func copy(to scratch: Scratch, as name: String = "workload") throws -> String {
      try scratch.copy(of: Executable.path("workload"), as: name)
    }

    @Test("a program that was deleted keeps its names")
    func deleted() throws {
      let scratch = try Scratch()
      let copy = try copy(to: scratch)
      expectNames(try functions(program: copy) { #expect(unlink(copy) == 0) })
    }

    @Test("a program that was replaced by another keeps its names")
    func replaced() throws {
      let scratch = try Scratch()
      let copy = try copy(to: scratch)
      let other = try scratch.file("other", "of no use", mode: 0o755)
      expectNames(try functions(program: copy) { #expect(rename(other, copy) == 0) })
    }

    @Test(
      "programs in another root directory have names, in a mount namespace of their own or not",
      arguments: ["--chroot", "--chroot-only"])
    func otherRoot(_ option: String) throws {
      let root = try Scratch()
      try root.copyWorkload()
      expectNames(try functions(environment: [option, root.path]))
    }

    @Test("--lines shows where in the source each function is, and those that are inlined")
    func lines() throws {
      let functions = try functions(["--lines"])
      let named = /(?<name>\w+)(?<inlined> \[inlined\])? \(burns\.c:(?<line>\d+)\)/
      let found = functions.compactMap { $0.wholeMatch(of: named)?.output }
      let inlined = found.filter { $0.inlined != nil }
      #expect(!inlined.isEmpty && inlined.allSatisfy { $0.name == "turn_once" }, "\(functions)")
      let others = Set(found.filter { $0.inlined == nil }.map { String($0.name) })
      #expect(others.isSuperset(of: ["burn_the_cpu", "burn_inner", "burn_outer"]))
      let lines = Dictionary(
        found.compactMap { frame in Int(frame.line).map { (String(frame.name), $0) } },
        uniquingKeysWith: max)
      // As they stand in the file.
      let order = ["turn_once", "burn_the_cpu", "burn_inner", "burn_outer"].map { lines[$0] ?? 0 }
      #expect(order[0] > 0 && order == order.sorted(), "\(lines)")
    }
  }
}
