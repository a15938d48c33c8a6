import Foundation
import Testing
import TraceKit

extension Live {
  /// funcslower shows the slow ones of a workload's calls.
  @Suite(.enabled(if: KernelFeatures.uprobes == .yes)) struct SlowFunctions {
    /// - Parameter options: `@` stands for the workload's process, `PROGRAM` for its file.
    private func trace(
      _ options: [String], _ arguments: [String] = ["callers", "60", "slow"],
      plan: String? = nil, json: Bool = true
    ) throws -> RunResult {
      let workload = try Workload(arguments)
      let named = options.map {
        $0.replacingOccurrences(of: "@", with: "\(workload.pid)")
          .replacingOccurrences(of: "PROGRAM", with: Executable.path("workload"))
      }
      let run = try TracedRun("funcslower", (json ? ["--json"] : []) + named, plan: plan)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return result
    }

    private static let mine = "PROGRAM:slow_function"

    @Test("23 slow calls of 60, by milliseconds and by microseconds, and all of them")
    func least() throws {
      for (options, expected) in [
        (["-m", "20"], 23), (["-u", "20000"], 23), (["-m", "0"], 60), (["-u", "0"], 60),
        (["-m", "60000"], 0),
      ] {
        for place in [["-p", "@", ":slow_function"], ["--tid", "@", Self.mine]] {
          let result = try trace(options + place)
          let rows = try result.rows()
          #expect(rows.count == expected, "\(options + place)")
          #expect(try result.summary()["seen"] == expected)
        }
      }
    }

    @Test("a row has the time, the result and the arguments of its own call")
    func values() throws {
      let rows = try trace(["-m", "20", "-a", "3", "-p", "@", ":slow_function"]).rows()
      #expect(rows.count == 23)
      for (number, row) in rows.enumerated() {
        // The result is the number of the call, and 1 for its text.
        #expect(row["result"] == number + 1)
        let arguments = row.texts("arguments")
        #expect(arguments.count == 3)
        #expect(arguments.first == "0x\(String(number, radix: 16))" && arguments.last == "0x1")
        #expect(row["function"] == "slow_function" && row["comm"] == "workload")
        let latency: Double = try #require(row.values["latency_us"] as? Double)
        #expect((25_000..<10_000_000).contains(latency))
      }
    }

    @Test("a stack begins with the caller, whose return address the probe has in its hands")
    func stacks() throws {
      let rows = try trace(["-m", "20", "-U", "-p", "@", ":slow_function"]).rows()
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { Array($0.texts("user_stack").prefix(2)) == ["callers", "main"] })
      let lines = try trace(["-m", "20", "-Uf", "-p", "@", ":slow_function"], json: false).lines
      #expect(lines.filter { $0.hasSuffix("main;callers") }.count == 23, "\(lines)")
    }

    @Test("calls in calls have their own times, and several functions their names")
    func nested() throws {
      let work = ["functions", "23", "recursive"]
      let deep = try trace(["-u", "0", "-p", "@", ":recursive_function"], work).rows()
      #expect(deep.count == 23 * 7)
      guard KernelFeatures.hasCookies else { return }
      let turns = ["callers", "23", "turns"]
      for options in [["PROGRAM:*_caller"], ["PROGRAM:first_caller", "PROGRAM:second_caller"]] {
        let rows = try trace(["-u", "0", "-p", "@"] + options, turns).rows()
        #expect(rows.filter { $0["function"] == "first_caller" }.count == 12, "\(options)")
        #expect(rows.filter { $0["function"] == "second_caller" }.count == 11, "\(options)")
      }
      for plan in KernelFeatures.hasManyUprobes ? ["uprobe:1", "uprobe:2"] : ["uprobe:2"] {
        let options = ["-u", "0", "--tid", "@", "PROGRAM:*_caller"]
        #expect(try trace(options, turns, plan: plan).rows().count == 23, "\(plan)")
      }
    }

    @Test("filters keep others out")
    func filters() throws {
      let other = try Workload("calls", "0")
      for options in [["-p", "\(other.pid)"], ["--comm", "workloads"], ["--uid", "65533"]] {
        #expect(try trace(["-m", "0"] + options + [Self.mine]).rows().isEmpty, "\(options)")
      }
    }

    @Test("the table is that of bcc")
    func table() throws {
      let lines = try trace(
        ["-T", "-m", "20", "-a", "1", "-p", "@", ":slow_function"], json: false
      ).lines.map { $0.split(separator: " ").map(String.init) }
      #expect(
        lines.first == ["TIME", "COMM", "PID", "LAT(ms)", "RVAL", "FUNC", "ARGS"], "\(lines)")
      #expect(lines.count == 24)
      #expect(lines.dropFirst(11).first?.suffix(3) == ["b", "slow_function", "0xa"], "\(lines)")
    }

    @Test("what is no function is refused, and so is a mixture")
    func refusals() throws {
      for (arguments, words) in [
        (["t:sched:sched_switch"], "only calls of functions take time"),
        (["u:c:setjmp"], "only calls of functions take time"),
        (["r:c:getppid"], "only calls of functions take time"),
        (["c:getppid", "vfs_read"], "cannot be combined"),
        (["libc.so.6:getppid:x"], "column 18"),
      ] {
        let process = try TracedRun.startOrEnd("funcslower", arguments)
        #expect(try process.wait() == .exited(64), "\(arguments)")
        #expect(process.errors.text.contains(words), "\(process.errors.text)")
      }
    }

    @Test("a function of the kernel is traced where there are kprobes")
    func kernel() throws {
      guard KernelFeatures.kprobes == .yes else { return }
      let work = ["opens", "23", "openat", "/etc/passwd", "0", "0"]
      #expect(try trace(["-u", "0", "-p", "@", "do_sys_openat2"], work).rows().count == 23)
      guard KernelFeatures.hasCookies else { return }
      for plan in KernelFeatures.hasManyKprobes ? ["kprobe:1", "kprobe:2"] : ["kprobe:2"] {
        let rows = try trace(["-u", "0", "-p", "@", "do_sys_*"], work, plan: plan).rows()
        #expect(rows.filter { $0["function"] == "do_sys_openat2" }.count == 23, "\(plan)")
      }
    }
  }
}
