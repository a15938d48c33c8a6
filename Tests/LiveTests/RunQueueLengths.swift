import Foundation
import Testing

extension Live {
  /// runqlen finds as many waiting tasks as a workload makes.
  @Suite(.alone) struct RunQueueLengths {
    static let plans = Plan.offered("runqlen")
    private static let threads = 4
    private static let milliseconds = 997
    /// So many samples there are at least, at 99 per second.
    private static let least = milliseconds * 99 / 1000 / 3

    private func rows(
      _ plan: Plan, _ options: [String] = [], on cpu: Int? = nil, environment: [String] = []
    ) throws -> (rows: [Row], cpu: Int) {
      let (rows, cpu) = try rows(plan, each: [options], on: cpu, environment: environment)
      return (rows[0], cpu)
    }

    private func rows(
      _ plan: Plan, each lists: [[String]], on cpu: Int? = nil, environment: [String] = []
    ) throws -> (rows: [[Row]], cpu: Int) {
      let workload = try Workload(
        ["crowds", "\(Self.threads)", "\(Self.milliseconds)"] + (cpu.map { ["\($0)"] } ?? []),
        environment: environment)
      let results = try plan.traceEach(workload, lists, naming: ["@": "\(workload.pid)"])
      let rows = try results.map { result in
        let rows = try result.rows(), summary = try result.summary()
        let shown: Int = summary["shown"] ?? -1
        for row in rows { #expect(row["count"] == row.count(from: 0)) }
        #expect(rows.reduce(0) { $0 + ($1["count"] ?? 0) } == shown)
        #expect(summary["seen"] == shown)
        return rows
      }
      return (rows, try #require(Int(workload.announcement)))
    }

    /// Others may wait too, and the last threads end when fewer are left.
    @Test("while one of 4 threads on a CPU runs, the other 3 wait", arguments: plans)
    func crowd(_ plan: Plan) throws {
      let row = try #require(try rows(plan, ["-p", "@"]).rows.first)
      #expect(row["unit"] == "tasks")
      let all: Int = row["count"] ?? 0
      #expect(all >= Self.least)
      #expect(row.count(from: Self.threads - 1) * 100 >= all * 90, "\(row.values)")
    }

    @Test("-C shows them on their CPU, and each CPU once", arguments: plans)
    func cpus(_ plan: Plan) throws {
      let (rows, cpu) = try rows(plan, ["-C"])
      let cpus = rows.compactMap { $0["cpu"] as Int? }
      #expect(cpus == cpus.sorted() && Set(cpus).count == cpus.count)
      let row = try #require(rows.first { $0["cpu"] == cpu })
      #expect(row.count(from: Self.threads - 1) >= Self.least, "\(row.values)")
    }

    @Test("-O is the share of the samples in which someone waits", arguments: plans)
    func occupancy(_ plan: Plan) throws {
      let row = try #require(try rows(plan, ["-O", "-p", "@"]).rows.first)
      #expect(row.number("occupancy_percent") >= 90, "\(row.values)")
      let share = Double(row.count(from: 1)) * 100 / Double(row.count(from: 0))
      #expect(abs(row.number("occupancy_percent") - share) < 0.006)
    }

    @Test("filters apply to the running task", arguments: plans)
    func filters(_ plan: Plan) throws {
      let wanted = [["--comm", "workload", "-p", "@"], ["--uid", "0", "-p", "@"]]
      // Its main thread sleeps.
      let keptOut = [["--tid", "@"], ["-p", "1"], ["-p", "@", "--uid", "65533"]]
      let counts = try rows(plan, each: wanted + keptOut).rows.map { $0.first?["count"] ?? 0 }
      for (options, count) in zip(wanted, counts) { #expect(count >= Self.least, "\(options)") }
      for (options, count) in zip(keptOut, counts.dropFirst(wanted.count)) {
        #expect(count * 10 < Self.least, "\(options): \(count)")
      }
    }

    @Test("--group counts exactly who waits in the task's group", arguments: plans)
    func group(_ plan: Plan) throws {
      let group = try ControlGroup(ofController: "cpu", "crowd")
      let others = try Workload("crowds", "2", "30000")
      let cpu = try #require(Int(others.announcement))
      others.go()
      defer { others.kill() }
      let place = ["--cgroup", group.path]
      let own = try #require(
        try rows(plan, ["-p", "@", "--group"], on: cpu, environment: place).rows.first)
      let exact = own.buckets.first { $0.low == Self.threads - 1 }?.count ?? 0
      #expect(exact >= Self.least)
      #expect(exact * 100 >= own.count(from: 0) * 90, "\(own.values)")
      let all = try #require(
        try rows(plan, ["-p", "@"], on: cpu, environment: place).rows.first)
      #expect(all.count(from: Self.threads + 1) * 100 >= all.count(from: 0) * 90, "\(all.values)")
    }

    @Test("-f takes so many samples", arguments: plans)
    func frequency(_ plan: Plan) throws {
      let count: Int = try rows(plan, ["-p", "@", "-f", "999"]).rows.first?["count"] ?? 0
      #expect(count >= Self.milliseconds / 3)
    }

    @Test("intervals lose no sample, and the table has steps or shares", arguments: plans)
    func table(_ plan: Plan) throws {
      let rows = try rows(plan, ["-p", "@", "0.2"]).rows
      #expect(rows.count > 2)
      #expect(rows.reduce(0) { $0 + $1.count(from: Self.threads - 1) } >= Self.least)
      func lines(_ options: [String]) throws -> [Substring] {
        let workload = try Workload("crowds", "\(Self.threads)", "\(Self.milliseconds)")
        let run = try TracedRun("runqlen", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        return try run.stop().lines
      }
      let bars = try lines([])
      #expect(bars.first == "     runqlen       : count     distribution")
      #expect(bars.contains { $0.hasPrefix("        3          : ") })
      let shares = try lines(["-O"])
      #expect(shares.count == 1 && shares[0].hasPrefix("runqocc: ") && shares[0].hasSuffix("%"))
      let perCPU = try lines(["-OC"])
      #expect(perCPU.contains { $0.hasPrefix("runqocc, CPU ") }, "\(perCPU)")
    }
  }
}
