import Foundation
import Testing
import TraceKit

extension Live {
  /// syscount counts the calls of a workload that makes 23 of them.
  @Suite struct SystemCallCounts {
    static let plans = Plan.offered("syscount")
    static let timed = Plan.offered("syscount", "-L")
    static let number = 23

    /// Where a plan of counting is one of measuring too.
    static var all: [Plan] { plans + timed }

    /// The records of a run, in whose options @ stands for the workload.
    private func trace(
      _ plan: Plan, _ options: [String] = ["-p", "@"], _ arguments: [String] = ["23"],
      environment: [String] = []
    ) throws -> (rows: [Row], summary: Row, workload: Workload) {
      let workload = try Workload(["calls"] + arguments, environment: environment)
      let named = options.map {
        $0.replacingOccurrences(of: "@tid", with: workload.announcement)
          .replacingOccurrences(of: "@me", with: "\(getpid())")
          .replacingOccurrences(of: "@", with: "\(workload.pid)")
      }
      let run = try plan.run(["-T", "1000"] + named)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let summary = try result.summary()
      #expect(summary["lost"] == 0 && summary["map_full"] == 0)
      #expect(summary["seen"] == (summary["shown"] ?? 0) + (summary["filtered"] ?? 0))
      return (try result.rows(), summary, workload)
    }

    private func count(_ call: String, _ rows: [Row]) -> Int {
      rows.filter { $0["syscall"] == call }.reduce(0) { $0 + ($1["count"] ?? 0) }
    }

    private func total(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    @Test("23 calls are one row with that count", arguments: all)
    func whole(_ plan: Plan) throws {
      let (rows, summary, _) = try trace(plan)
      #expect(count("getppid", rows) == Self.number)
      #expect(summary["shown"] == total(rows))
      #expect(rows.filter { $0["syscall"] == "getppid" }.count == 1)
      let number = SystemCalls.number(of: "getppid").map(Int.init)
      #expect(rows.first { $0["syscall"] == "getppid" }?["number"] == number)
    }

    @Test("a filter lets its own calls through", .alone, arguments: all)
    func filters(_ plan: Plan) throws {
      let group = try ControlGroup("calls")
      for (options, arguments, environment) in [
        (["--tid", "@tid"], ["--thread", "23"], []),
        (["-t", "@tid"], ["--thread", "23"], []),
        (["--comm", "caller"], ["--comm", "caller", "23"], []),
        (["--name", "alle"], ["--comm", "caller", "23"], []),
        (["--uid", "0", "-p", "@"], ["23"], []),
        (["-p", "1,@"], ["23"], []),
        (["--ppid", "@me"], ["23"], []),
        (["-c", group.path], ["23"], ["--cgroup", group.path]),
        (["-p", "@", "--syscall", "getppid"], ["23"], []),
      ] {
        let rows = try trace(plan, options, arguments, environment: environment).rows
        #expect(count("getppid", rows) == Self.number, "\(options)")
      }
    }

    @Test("a filter keeps those of others out", arguments: all)
    func excludingFilters(_ plan: Plan) throws {
      let group = try ControlGroup("callers")
      let other = try Workload("calls", "0")
      for options in [
        ["-p", "\(other.pid)"], ["--comm", "callers"], ["--uid", "65533"], ["-c", group.path],
        ["--ppid", "\(other.pid)"], ["-p", "@", "--syscall", "getpid"],
      ] {
        let rows = try trace(plan, options).rows
        #expect(count("getppid", rows) == 0, "\(options)")
      }
      let second = try trace(plan, ["--tid", "@"], ["--thread", "23"]).rows
      #expect(count("getppid", second) == 0)
    }

    @Test("-x and -e count the calls that failed so", arguments: all)
    func failures(_ plan: Plan) throws {
      for filter in [["-x"], ["-e", "ENOENT"], ["-e", "enoent"], ["-e", "2"]] {
        let rows = try trace(plan, ["-p", "@"] + filter, ["23", "nowhere"]).rows
        #expect(count("openat", rows) == Self.number, "\(filter)")
      }
      for (filter, call) in [(["-x"], "getppid"), (["-e", "EACCES"], "nowhere")] {
        let rows = try trace(plan, ["-p", "@"] + filter, ["23", call]).rows
        #expect(count("getppid", rows) + count("openat", rows) == 0, "\(filter)")
      }
    }

    @Test("-P counts by process", arguments: all)
    func processes(_ plan: Plan) throws {
      let (rows, _, workload) = try trace(plan, ["-P", "--syscall", "getppid"])
      let mine = rows.filter { $0["pid"] == workload.pid }
      #expect(mine.count == 1)
      #expect(mine.first?["count"] == Self.number)
      #expect(mine.first?["comm"] == "workload")
      #expect(rows.allSatisfy { $0["type"] == "process" })
    }

    @Test("the calls of two processes at once are told apart", arguments: all)
    func several(_ plan: Plan) throws {
      let first = try Workload("calls", "100003"), second = try Workload("calls", "100019")
      let run = try plan.run(["-P", "--syscall", "getppid", "-p", "\(first.pid),\(second.pid)"])
      first.go()
      second.go()
      _ = try first.finish()
      _ = try second.finish()
      let rows = try run.stop().rows()
      for (workload, count) in [(first, 100_003), (second, 100_019)] {
        #expect(rows.filter { $0["pid"] == workload.pid }.map { $0["count"] } == [count])
      }
      #expect(rows.count == 2)
    }

    @Test("-L tells how long they took, in -m milliseconds", arguments: timed)
    func latency(_ plan: Plan) throws {
      for (options, unit, least) in [([], "us", 5000.0), (["-m"], "ms", 5.0)] {
        let rows = try trace(plan, ["-p", "@"] + options, ["23", "sleep"]).rows
        let row = try #require(rows.first)
        #expect(row["syscall"] == "nanosleep", "it is not the first")
        #expect(row["count"] == Self.number)
        let total = (row.values["total_\(unit)"] as? NSNumber)?.doubleValue ?? 0
        let average = (row.values["avg_\(unit)"] as? NSNumber)?.doubleValue ?? 0
        #expect(total >= least * Double(Self.number))
        #expect(average >= least)
        #expect(abs(average * Double(Self.number) - total) < 1)
      }
    }

    @Test("a fork is one call, though two tasks come out of it", .alone, arguments: all)
    func forks(_ plan: Plan) throws {
      for filter in [["-p", "@", "--follow"], ["--comm", "forker"]] {
        let rows = try trace(plan, filter, ["--comm", "forker", "23", "fork"]).rows
        #expect(count("clone", rows) + count("fork", rows) == Self.number, "\(filter)")
      }
    }

    @Test("calls of 32 bits have a row of their own, and unknown ones too", arguments: all)
    func otherTables(_ plan: Plan) throws {
      let unknown = try trace(plan, ["-p", "@"], ["23", "unknown"]).rows
      #expect(count("[other]", unknown) == Self.number)
      #if arch(x86_64)
        let workload = try? Workload("calls", "1", "32-bit")
        guard (try? workload?.run()) != nil else { return }
        let rows = try trace(plan, ["-p", "@"], ["23", "32-bit"]).rows
        #expect(count("[32-bit]", rows) == Self.number)
        #expect(count("writev", rows) == 0)
        let one = try trace(plan, ["-p", "@", "--syscall", "writev"], ["23", "32-bit"]).rows
        #expect(total(one) == 0)
        let processes = try trace(plan, ["-P", "-p", "@"], ["23", "32-bit"])
        #expect(total(processes.rows) >= Self.number)
      #endif
    }

    @Test("intervals lose no call and count none twice", arguments: all)
    func intervals(_ plan: Plan) throws {
      // Enough for more than one interval.
      let number = Patience.isEmulated ? 100_003 : 1_000_003
      for key in [[], ["-P"]] {
        let options = ["-i", "0.05", "--syscall", "getppid", "-p", "@"] + key
        let rows = try trace(plan, options, ["\(number)"]).rows
        #expect(rows.count > 1)
        #expect(total(rows) == number)
      }
    }

    @Test("-T prints the first rows, and the rest is told as filtered", arguments: all)
    func top(_ plan: Plan) throws {
      let (rows, summary, _) = try trace(plan, ["-p", "@", "-T", "1"], ["1009"])
      #expect(rows.count == 1)
      if !plan.options.contains("-L") { #expect(rows.first?["syscall"] == "getppid") }
      #expect((summary["filtered"] ?? 0) > 0)
      #expect(summary["shown"] == total(rows))
    }

    @Test("the table has the columns of libbpf-tools", arguments: ["", "-L", "-P", "-PLm"])
    func table(_ options: String) throws {
      let workload = try Workload("calls", "23")
      let more = options.isEmpty ? [] : [options]
      let run = try TracedRun("syscount", more + ["-T", "99", "-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.wholeMatch(of: /\[\d\d:\d\d:\d\d\]/) != nil, "\(lines)")
      let key = options.contains("P") ? "PID    COMM           " : "SYSCALL               "
      let time =
        options.contains("L") ? "        TIME (\(options.contains("m") ? "ms" : "us"))" : ""
      #expect(lines.dropFirst().first == "\(key)    COUNT\(time)")
      guard !options.contains("P") else { return }
      let row = lines.first { $0.hasPrefix("getppid ") }
      #expect(row?.split(separator: " ").dropFirst().first == "23", "\(lines)")
    }
  }
}
