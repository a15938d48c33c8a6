import Foundation
import Testing

extension Live {
  /// wakeuptime counts sleeps of a known number and length by who ended them.
  @Suite struct Wakeups {
    static let plans = Plan.offered("wakeuptime")
    private static let number = 23
    private static let milliseconds = 20

    private func sleeps(
      _ plan: Plan, _ options: [String] = [], until end: [String] = []
    ) throws -> (rows: [Row], workload: Workload) {
      let (rows, workload) = try sleeps(plan, each: [options], until: end)
      return (rows[0], workload)
    }

    private func sleeps(
      _ plan: Plan, each lists: [[String]], until end: [String] = []
    ) throws -> (rows: [[Row]], workload: Workload) {
      let workload = try Workload(["naps", "\(Self.number)", "\(Self.milliseconds)"] + end)
      let tid = workload.announcement.prefix { $0 != " " }
      let results = try plan.traceEach(
        workload, lists, naming: ["@tid": String(tid), "@": "\(workload.pid)"])
      let rows = try results.map { result in
        let summary = try result.summary()
        #expect(summary["seen"] == summary["shown"] as Int?)
        return try result.rows().filter { $0["comm"] == "sleeper" }
      }
      return (rows, workload)
    }

    private func count(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    @Test("23 sleeps of 20 ms are there with the stacks that ended them", arguments: plans)
    func whole(_ plan: Plan) throws {
      let (rows, workload) = try sleeps(plan, ["-p", "@"])
      #expect(count(rows) == Self.number)
      #expect(
        rows.reduce(0) { $0 + ($1["total_us"] ?? 0) }
          >= Self.number * Self.milliseconds * 1000)
      for row in rows {
        #expect(row["pid"] == workload.pid && row["waker_pid"] == workload.pid)
        #expect(row["waker_comm"] == "workload")
        #expect(row.texts("waker_user").contains("wake_from_here"))
        #expect(row.texts("waker_kernel").contains { $0.contains("futex") })
        #expect(!row.texts("waker_kernel").contains { $0.hasPrefix("bpf_") })
      }
    }

    @Test("an interrupt is none of the task that it found", arguments: plans)
    func interrupts(_ plan: Plan) throws {
      let rows = try sleeps(plan, ["-p", "@"], until: ["timeout"]).rows
      #expect(count(rows) == Self.number)
      #expect(Set(rows.map { $0.texts("waker_kernel") }).count == rows.count)
      for row in rows {
        #expect(row["waker_comm"] == "[interrupt]" && row.values["waker_pid"] is NSNull)
        #expect(row.texts("waker_user") == [])
        #expect(row.texts("waker_kernel").contains { $0.contains("hrtimer") })
        #expect(!row.texts("waker_kernel").contains { $0.hasPrefix("do_idle") })
      }
    }

    @Test("filters let the sleeper through", .alone, arguments: plans)
    func filters(_ plan: Plan) throws {
      let filters = [
        ["-t", "@tid"], ["--comm", "sleeper"], ["-u", "-p", "@"], ["-m", "10000", "-p", "@"],
        ["-M", "100000000", "-p", "@"],
      ]
      for (filter, rows) in zip(filters, try sleeps(plan, each: filters).rows) {
        #expect(count(rows) == Self.number, "\(filter)")
      }
    }

    @Test("filters keep the sleeper out", .alone, arguments: plans)
    func excludingFilters(_ plan: Plan) throws {
      let filters = [
        ["-t", "@"], ["-k"], ["-m", "600000000"], ["-M", "1000"], ["--comm", "sleepers"],
        ["--uid", "65533"],
      ]
      for (filter, rows) in zip(filters, try sleeps(plan, each: filters).rows) {
        #expect(rows.isEmpty, "\(filter)")
      }
    }

    @Test("intervals lose none, and -K and -U omit frames", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let lists = [["--interval", "0.1"], ["-K"], ["-U"]].map { ["-p", "@"] + $0 }
      let rows = try sleeps(plan, each: lists).rows
      let (parts, kernel, user) = (rows[0], rows[1], rows[2])
      #expect(count(parts) == Self.number && parts.count > 1)
      #expect(count(kernel) == Self.number && !kernel.contains { $0.texts("waker_user") != [] })
      #expect(count(user) == Self.number && !user.contains { $0.texts("waker_kernel") != [] })
    }

    @Test("in a table the waker stands below its frames, and folded before them")
    func table() throws {
      let plan = try #require(Self.plans.first)
      func lines(_ options: [String]) throws -> [String] {
        let workload = try Workload("naps", "\(Self.number)", "\(Self.milliseconds)")
        let run = try TracedRun(
          "wakeuptime", ["-t", workload.announcement] + options, plan: plan.hooks)
        try workload.run()
        return try run.stop().lines.map(String.init)
      }
      let table = try lines([])
      #expect(table.first?.hasPrefix("    target:          sleeper (") == true)
      #expect(table.contains { $0.hasPrefix("    waker:           workload (") })
      #expect(table.contains("    wake_from_here"))
      let folded = try lines(["-f"])
      #expect(folded.allSatisfy { $0.hasPrefix("workload;") && $0.contains(";sleeper ") })
      #expect(folded.contains { $0.contains(";wake_from_here;") })
      let times = folded.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
      #expect(times.reduce(0, +) >= Self.number * Self.milliseconds * 1000)
    }
  }
}
