import Foundation
import Testing
import TraceKit

extension Live {
  /// funclatency times functions of a workload that calls them 23 times.
  @Suite struct FunctionLatencies {
    /// - Parameter function: @ stands for the workload's process, PROGRAM for its file.
    private func trace(
      _ function: String, _ options: [String] = ["-p", "@"],
      _ arguments: [String] = ["functions", "23", "timed"], plan: String? = nil,
      environment: [String] = []
    ) throws -> (rows: [Row], summary: Row) {
      let workload = try Workload(arguments, environment: environment)
      let named = (options + [function]).map {
        $0.replacingOccurrences(of: "@", with: "\(workload.pid)")
          .replacingOccurrences(of: "PROGRAM", with: Executable.path("workload"))
      }
      let run = try TracedRun("funclatency", ["--json"] + named, plan: plan)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let (rows, summary) = (try result.rows(), try result.summary())
      for row in rows { #expect(row["count"] == row.count(from: 0)) }
      #expect(summary["seen"] == rows.reduce(0) { $0 + ($1["count"] ?? 0) })
      return (rows, summary)
    }

    private func count(_ rows: [Row], _ function: String? = nil) -> Int {
      rows.filter { function == nil || $0["function"] == function }
        .reduce(0) { $0 + ($1["count"] ?? 0) }
    }

    private static let hasUprobes = KernelFeatures.uprobes == .yes
    private static let mine = "PROGRAM:timed_function"

    @Test(
      "23 calls of 5 ms are in the buckets from there on, in each unit",
      .enabled(if: hasUprobes))
    func units() throws {
      for (options, unit, least) in [
        ([], "nsecs", 4_194_304), (["-u"], "usecs", 4096), (["-m"], "msecs", 4),
      ] {
        let rows = try trace(Self.mine, ["-p", "@"] + options).rows
        #expect(rows.count == 1)
        #expect(rows[0]["unit"] == unit)
        #expect(count(rows) == 23)
        #expect(rows[0].count(from: least) == 23)
      }
    }

    @Test(
      "a function is found by path, by the process and in a library",
      .enabled(if: hasUprobes))
    func places() throws {
      for function in [Self.mine, ":timed_function", "workload:timed_function"] {
        #expect(count(try trace(function).rows) == 23, "\(function)")
      }
      let calls = ["calls", "23"]
      // The workload makes that call by itself, and nobody calls the library's.
      #expect(count(try trace("c:getppid", ["-p", "@"], calls).rows) == 0)
      let lookups = ["lookups", "--threads", "32", "23"]
      for name in ["c:getaddrinfo", "libc:getaddrinfo", "libc.so.6:getaddrinfo"] {
        #expect(count(try trace(name, ["-p", "@"], lookups).rows) == 32 * 23, "\(name)")
      }
    }

    @Test(
      "calls of a function in itself are counted, down to a level",
      .enabled(if: hasUprobes))
    func recursion() throws {
      let work = ["functions", "23", "recursive"], function = "PROGRAM:recursive_function"
      for (level, counted) in [("16", 7), ("7", 7), ("3", 3), ("1", 1)] {
        let (rows, summary) = try trace(function, ["-p", "@", "-l", level], work)
        #expect(count(rows) == 23 * counted, "\(level)")
        #expect(summary["map_full"] == 0)
      }
      #expect(count(try trace(function, ["-p", "@"], work).rows) == 23 * 7)
    }

    @Test(
      "a call that does not return is not counted, and the one around it is",
      .enabled(if: hasUprobes))
    func jumps() throws {
      let work = ["functions", "23", "jumping"]
      let alone = try trace("PROGRAM:jumping_function", ["-p", "@"], work).rows
      #expect(count(alone) == 0)
      let both = try trace("PROGRAM:jumping_*", ["-p", "@"], work).rows
      #expect(count(both) == 23)
      guard KernelFeatures.hasCookies else { return }
      let apart = try trace("PROGRAM:jumping_*", ["-p", "@", "-F"], work).rows
      #expect(count(apart, "jumping_caller") == 23)
      #expect(count(apart, "jumping_function") == 0)
    }

    @Test("a wildcard means several, and -F tells them apart", .enabled(if: hasUprobes))
    func wildcards() throws {
      for options in [["PROGRAM:timed_*"], ["-r", "PROGRAM:timed_(function|neighbour)"]] {
        let function = options.last ?? ""
        let all = try trace(function, ["-p", "@"] + options.dropLast()).rows
        #expect(count(all) == 69, "\(function)")
        guard KernelFeatures.hasCookies else { continue }
        let apart = try trace(function, ["-p", "@", "-F"] + options.dropLast()).rows
        #expect(count(apart, "timed_function") == 23)
        #expect(count(apart, "timed_neighbour") == 46)
        #expect(apart.first { $0["function"] == "timed_function" }?.count(from: 4_194_304) == 23)
      }
      // Without a process, by one link for all where the kernel has it.
      for plan in KernelFeatures.hasManyUprobes ? ["uprobe:1", "uprobe:2"] : ["uprobe:2"] {
        let all = try trace("PROGRAM:timed_*", ["--tid", "@"], plan: plan).rows
        #expect(count(all) == 69, "\(plan)")
      }
    }

    @Test(
      "filters let their own through, and keep others out", .alone, .enabled(if: hasUprobes))
    func filters() throws {
      let other = try Workload("calls", "0"), group = try ControlGroup("functions")
      for (options, environment) in [
        (["--tid", "@"], []), (["--comm", "workload"], []), (["-p", "1,@"], []),
        (["-c", group.path], ["--cgroup", group.path]),
      ] {
        let rows = try trace(Self.mine, options, environment: environment).rows
        #expect(count(rows) == 23, "\(options)")
      }
      for options in [
        ["-p", "\(other.pid)"], ["--comm", "workloads"], ["--uid", "65533"], ["-c", group.path],
      ] {
        #expect(count(try trace(Self.mine, options).rows) == 0, "\(options)")
      }
    }

    @Test("intervals lose no call", .enabled(if: hasUprobes))
    func intervals() throws {
      let work = ["functions", "10007", "recursive"]
      let rows = try trace(
        "PROGRAM:recursive_function", ["-p", "@", "-i", "0.05"], work
      ).rows
      #expect(rows.count > 1)
      #expect(count(rows) == 10_007 * 7)
    }

    @Test("a function of the kernel is timed by each plan", arguments: ["fentry", "kprobe"])
    func kernel(_ plan: String) throws {
      guard (plan == "fentry" ? KernelFeatures.fentry : KernelFeatures.kprobes) == .yes else {
        return
      }
      let function = "do_sys_openat2", work = ["opens", "23", "openat", "/etc/passwd", "0", "0"]
      let rows = try trace(function, ["-p", "@"], work, plan: plan).rows
      #expect(count(rows) == 23)
      #expect(
        count(try trace(function, ["-p", "1"], work, plan: plan).rows) == 0)
      guard plan == "kprobe" else { return }
      let wide = try trace("do_sys_open?t2", ["-p", "@"], work, plan: plan).rows
      #expect(count(wide) == 23)
      guard KernelFeatures.hasCookies else { return }
      for plan in KernelFeatures.hasManyKprobes ? ["kprobe:1", "kprobe:2"] : ["kprobe:2"] {
        let apart = try trace("do_sys_*", ["-p", "@", "-F"], work, plan: plan).rows
        #expect(count(apart, function) == 23, "\(plan)")
      }
    }

    @Test(
      "calls for which a probe has no room are missed",
      .enabled(if: FIFOReaders.areCounted, "the kernel does not report what probes miss"))
    func misses() throws {
      let run = try TracedRun("funclatency", ["--json", FIFOReaders.function], plan: "kprobe")
      try FIFOReaders.run()
      let result = try run.stop()
      let (timed, missed) = (count(try result.rows()), try result.summary()["missed"] ?? 0)
      let calls = FIFOReaders.calls
      #expect(timed < calls && timed + missed == calls, "\(timed) timed, \(missed) missed")
    }

    @Test("the table has a bar chart for each function", .enabled(if: hasUprobes))
    func table() throws {
      let workload = try Workload("functions", "23", "timed")
      let run = try TracedRun(
        "funclatency", ["-m", "-p", "\(workload.pid)", ":timed_function"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.contains("msecs") == true)
      let counts = lines.filter { $0.contains("->") }.compactMap { line in
        line.split(separator: " ").drop { $0 != ":" }.dropFirst().first.flatMap { Int($0) }
      }
      #expect(counts.reduce(0, +) == 23, "\(lines)")
    }
  }
}
