import Foundation
import Testing

extension Live {
  /// runqlat counts waits that are forced, in the right buckets.
  @Suite(.alone) struct RunQueueLatencies {
    static let plans = Plan.offered("runqlat")
    /// So often a thread of the workload waits, and so long.
    static let number = 11
    static let milliseconds = 20
    /// The power of two below it.
    static let least = 16384

    private func rows(
      _ plan: Plan, _ options: [String] = [], environment: [String] = []
    ) throws -> (rows: [Row], workload: Workload) {
      let (rows, workload) = try rows(plan, each: [options], environment: environment)
      return (rows[0], workload)
    }

    private func rows(
      _ plan: Plan, each lists: [[String]], environment: [String] = []
    ) throws -> (rows: [[Row]], workload: Workload) {
      let workload = try Workload(
        "waits", "\(Self.number)", "\(Self.milliseconds)", environment: environment)
      let results = try plan.traceEach(
        workload, lists, naming: ["@tid": workload.announcement, "@": "\(workload.pid)"])
      let rows = try results.map { result in
        let rows = try result.rows()
        for row in rows { #expect(row["count"] == row.count(from: 0)) }
        return rows
      }
      return (rows, workload)
    }

    private func long(_ rows: [Row]) -> Int {
      rows.reduce(0) { $0 + $1.count(from: Self.least) }
    }

    @Test("11 waits of 20 ms are in the buckets from 16384 us on", arguments: plans)
    func whole(_ plan: Plan) throws {
      let (rows, _) = try rows(plan)
      #expect(rows.count == 1)
      #expect(long(rows) >= Self.number)
      #expect(rows[0]["max"] ?? 0 >= Self.milliseconds * 1000)
    }

    @Test("-m has them in the buckets from 16 ms on", arguments: plans)
    func milliseconds(_ plan: Plan) throws {
      let (rows, _) = try rows(plan, ["-m", "-p", "@"])
      #expect(rows.allSatisfy { $0["unit"] == "msecs" })
      #expect(rows.reduce(0) { $0 + $1.count(from: 16) } >= Self.number)
    }

    @Test("-p and --tid count the waits of theirs", arguments: plans)
    func filters(_ plan: Plan) throws {
      let filters = [
        ["-p", "@"], ["--tid", "@tid"], ["--comm", "waiter"], ["--uid", "0", "-p", "@"],
      ]
      for (filter, rows) in zip(filters, try rows(plan, each: filters).rows) {
        #expect(long(rows) >= Self.number, "\(filter): \(long(rows))")
      }
    }

    @Test("-p and other filters keep the waits of others out", arguments: plans)
    func excludingFilters(_ plan: Plan) throws {
      // It sleeps all the time; a task that runs would wait behind the workload too.
      let idle = try Workload("waits", "1", "1")
      let filters = [["-p", "\(idle.pid)"], ["--comm", "waiters"], ["--uid", "65533"]]
      let all = try rows(plan, each: filters + [["--tid", "@"]]).rows
      for (options, rows) in zip(filters, all) { #expect(long(rows) == 0, "\(options)") }
      // The thread that keeps the CPU busy waits for others than the waiter only.
      #expect(long(all[filters.count]) < Self.number)
    }

    @Test("-P gives them to the process, -L to the thread", arguments: plans)
    func keys(_ plan: Plan) throws {
      let (all, workload) = try rows(plan, each: [["-P"], ["-L"]])
      let process = all[0].filter { $0["pid"] == workload.pid }
      #expect(process.count == 1)
      #expect(long(process) >= Self.number)
      let thread = all[1].filter { $0["tid"] == Int(workload.announcement) }
      #expect(thread.count == 1)
      #expect(long(thread) >= Self.number)
      #expect(thread.first?["comm"] == "waiter")
    }

    @Test("--pidnss gives them to their namespace", arguments: plans)
    func namespaces(_ plan: Plan) throws {
      let (rows, _) = try rows(plan, ["--pidnss"], environment: ["--pidns"])
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
      let number = Int(own.filter(\.isNumber))
      let others = rows.filter { $0["pidns"] != number }
      #expect(long(others) >= Self.number)
      #expect(rows.contains { $0["pidns"] == number })
    }

    @Test("-c counts the waits of a group's tasks and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("waits"), other = try ControlGroup("others")
      let mine = try rows(plan, ["-c", group.path], environment: ["--cgroup", group.path])
      #expect(long(mine.rows) >= Self.number)
      let none = try rows(plan, ["-c", group.path], environment: ["--cgroup", other.path])
      #expect(none.rows.reduce(0) { $0 + ($1["count"] ?? 0) } == 0)
    }

    @Test("an interval gives a record each, and none loses a wait", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let (rows, _) = try rows(plan, ["-p", "@", "0.2"])
      #expect(rows.count > 1)
      #expect(long(rows) >= Self.number)
    }

    @Test("the table's bars show them", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("waits", "\(Self.number)", "\(Self.milliseconds)")
      let run = try TracedRun("runqlat", ["-p", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.contains("usecs") == true)
      let bars = lines.filter { $0.contains(" -> ") }.map { line in
        line.split { $0 == " " || $0 == ":" }.compactMap { Int($0) }
      }
      #expect(bars.filter { $0[0] >= Self.least }.reduce(0) { $0 + $1[2] } >= Self.number)
    }
  }
}
