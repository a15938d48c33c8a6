import Foundation
import Testing
import TraceKit

extension Live {
  /// threadsnoop shows each thread of a workload that makes 23 of them.
  @Suite(.enabled(if: !Plan.offered("threadsnoop").isEmpty, "the kernel has no uprobes"))
  struct ThreadBirths {
    private func trace(
      _ arguments: [String] = [], _ options: [String] = ["-p", "@"]
    ) throws -> (rows: [Row], summary: Row, workload: Workload) {
      let (result, workload) = try Self.trace(
        "threadsnoop", ["births", "23"] + arguments, options)
      return (try result.rows(), try result.summary(), workload)
    }

    /// Traces a workload that makes 23 threads. With `stay` as its last word they live until
    /// all are shown. `@` stands for its process.
    static func trace(
      _ tool: String, _ work: [String], _ options: [String]
    ) throws -> (result: RunResult, workload: Workload) {
      let workload = try Workload(work)
      let named = options.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") }
      let run = try TracedRun(tool, named + ["--json"])
      workload.go()
      if work.last == "stay" {
        try waitFor("the threads to be shown") { try run.rowsSoFar().count == 23 }
        workload.go()
      }
      _ = try workload.finish()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (result, workload)
    }

    @Test(
      "23 threads are 23 rows with the function in which they start",
      arguments: [("pthread", "first_breath"), ("c11", "first_c11_breath")])
    func each(_ how: String, _ function: String) throws {
      let (rows, summary, workload) = try trace([how, "stay"])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["function"] == function && $0["comm"] == "workload" })
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["tid"] == workload.pid })
      #expect(rows.allSatisfy { $0["address"] == Int(workload.announcement) })
      let times = rows.map { $0.number("elapsed_ms") }
      #expect(times == times.sorted() && times.allSatisfy { $0 >= 0 })
      #expect(summary["seen"] == 23 && summary["lost"] == 0)
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      let other = try Workload("births", "0")
      for options in [
        ["--comm", "workload"], ["--tid", "@"], ["-p", "1,@"], ["--name", "work"],
      ] {
        #expect(try trace([], options).rows.count == 23, "\(options)")
      }
      for options in [["-p", "\(other.pid)"], ["--comm", "workloads"], ["--uid", "65533"]] {
        #expect(try trace([], options).rows.isEmpty, "\(options)")
      }
    }

    @Test("a command is traced from its start")
    func command() throws {
      let workload = [Executable.path("workload"), "births", "23", "pthread", "stay"]
      let run = try Subprocess([Executable.path("threadsnoop"), "--json", "--"] + workload)
      run.send("go")
      try waitFor("the threads to be shown") {
        run.output.text.components(separatedBy: "first_breath").count == 24
      }
      run.send("go")
      #expect(try run.wait() == .exited(0))
    }

    @Test("a C library that is first mapped while the tool runs is traced too", .alone)
    func later() throws {
      let root = try Scratch()
      try root.copyWorkload()
      let run = try TracedRun("threadsnoop", ["--json", "--comm", "workload"])
      let workload = try Workload(
        ["births", "23", "pthread", "stay"], environment: ["--chroot", root.path])
      try waitFor("the new library to be probed") {
        run.process.errors.text.contains("threadsnoop: also attached to")
      }
      workload.go()
      try waitFor("the threads to be shown") {
        try run.rowsSoFar().filter { $0["pid"] == workload.pid }.count == 23
      }
      try workload.run()
      let result = try run.stop()
      #expect(result.errors.contains(" ms after process \(workload.pid) mapped it"))
      let rows = try result.rows().filter { $0["pid"] == workload.pid }
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["function"] == "first_breath" })
      #expect(result.leftInKernel == "")
    }

    @Test("the table has the columns of bcc's tool")
    func table() throws {
      let workload = try Workload("births", "23", "pthread", "stay")
      let run = try TracedRun("threadsnoop", ["-p", "\(workload.pid)"])
      workload.go()
      try waitFor("the threads to be shown") {
        run.process.output.text.split(separator: "\n").count == 24
      }
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.split(separator: " ") == ["TIME(ms)", "PID", "COMM", "FUNC"])
      #expect(lines.count == 24)
      let row = lines.last?.split(separator: " ") ?? []
      #expect(row.count == 4 && row[1] == "\(workload.pid)" && row[3] == "first_breath")
    }
  }
}
