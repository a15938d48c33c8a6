import Foundation
import Testing
import TraceKit

extension Live {
  /// funcinterval measures between calls of a workload.
  @Suite(.enabled(if: KernelFeatures.uprobes == .yes)) struct FunctionIntervals {
    /// - Parameter options: `@` stands for the workload's process, `PROGRAM` for its file.
    private func trace(
      _ options: [String], _ arguments: [String] = ["callers", "23", "turns"],
      plan: String? = nil
    ) throws -> [Row] {
      let workload = try Workload(arguments)
      let named = options.map {
        $0.replacingOccurrences(of: "@", with: "\(workload.pid)")
          .replacingOccurrences(of: "PROGRAM", with: Executable.path("workload"))
      }
      let run = try TracedRun("funcinterval", ["--json"] + named, plan: plan)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows()
      for row in rows { #expect(row["count"] == row.count(from: 0)) }
      return rows
    }

    private func count(_ rows: [Row], from least: Int = 0) -> Int {
      rows.reduce(0) { $0 + $1.count(from: least) }
    }

    @Test("23 calls have 22 intervals, in each way of naming them")
    func calls() throws {
      for options in [
        ["-p", "@", "c:getppid"], ["-p", "@", ":called_function"],
        ["--tid", "@", "PROGRAM:called_function"], ["-p", "@", "PROGRAM:*_caller"],
        ["-p", "@", "r:c:getppid"], ["-p", "@", "--per-thread", "c:getppid"],
      ] {
        #expect(count(try trace(options)) == 22, "\(options)")
      }
    }

    @Test("23 passings of a tracepoint and of a probe in one place")
    func passings() throws {
      let guarded = try trace(["-p", "@", "u:PROGRAM:guarded"], ["probes", "23"])
      #expect(count(guarded) == 22)
      guard KernelFeatures.tracefs != nil else { return }
      #expect(count(try trace(["-p", "@", "t:syscalls:sys_enter_getppid"])) == 22)
    }

    @Test("the intervals have their length, in each unit")
    func units() throws {
      let work = ["functions", "23", "timed"]
      for (options, unit, least) in [
        ([], "nsecs", 4_194_304), (["-u"], "usecs", 4096), (["-m"], "msecs", 4),
      ] {
        let rows = try trace(["-p", "@", ":timed_function"] + options, work)
        #expect(rows.count == 1 && rows[0]["unit"] == unit)
        #expect(count(rows) == 22 && count(rows, from: least) == 22, "\(unit)")
      }
    }

    @Test("by function each begins its own")
    func functions() throws {
      guard KernelFeatures.hasCookies else { return }
      let rows = try trace(["-F", "-p", "@", "PROGRAM:*_caller"])
      #expect(rows.first { $0["function"] == "first_caller" }?["count"] == 11)
      #expect(rows.first { $0["function"] == "second_caller" }?["count"] == 10)
      #expect(try count(trace(["-F", "-p", "@", "c:getppid"])) == 22)
    }

    @Test("by thread each begins its own")
    func threads() throws {
      let work = ["lookups", "--threads", "32", "23"]
      #expect(count(try trace(["-p", "@", "c:getaddrinfo"], work)) == 32 * 23 - 1)
      #expect(count(try trace(["-p", "@", "--per-thread", "c:getaddrinfo"], work)) == 32 * 22)
    }

    @Test("filters keep others out, and intervals lose none")
    func filters() throws {
      let other = try Workload("calls", "0")
      for options in [["-p", "\(other.pid)"], ["--comm", "workloads"], ["--uid", "65533"]] {
        #expect(count(try trace(options + ["c:getppid"])) == 0, "\(options)")
      }
      let rows = try trace(
        ["-p", "@", "-i", "0.05", ":called_function"], ["callers", "100003", "turns"])
      #expect(rows.count > 1 && count(rows) == 100_002)
    }

    @Test("a function of the kernel is measured by each plan", arguments: ["fentry", "kprobe"])
    func kernel(_ plan: String) throws {
      guard (plan == "fentry" ? KernelFeatures.fentry : KernelFeatures.kprobes) == .yes else {
        return
      }
      let work = ["opens", "23", "openat", "/etc/passwd", "0", "0"]
      #expect(count(try trace(["-p", "@", "do_sys_openat2"], work, plan: plan)) == 22)
    }
  }
}
