import Foundation
import Testing

extension Live {
  /// wqlat counts the work that a process has queued on each CPU.
  @Suite struct WorkqueueLatencies {
    static let plans = Plan.offered("wqlat")
    static let cpus = sysconf(Int32(_SC_NPROCESSORS_ONLN))

    private func rows(_ plan: Plan, _ options: [String]) throws -> [Row] {
      let workload = try Workload("refreshes", "23")
      return try plan.trace(workload, options, naming: ["@pid": "\(workload.pid)"]).rows()
    }

    private func total(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    /// What interrupts the workload may queue work, too.
    private static let all = 23 * cpus...23 * cpus + 5

    @Test("each work is counted once, by the process that queues it", arguments: plans)
    func exact(_ plan: Plan) throws {
      for options in [["-p", "@pid"], ["-p", "@pid", "0.05"]] {
        let count = try total(rows(plan, options))
        #expect(Self.all.contains(count), "\(options): \(count)")
      }
      #expect(try total(rows(plan, ["-p", "1"])) < 23)
      #expect(try total(rows(plan, ["--comm", "workload"])) >= 23 * Self.cpus)
    }

    @Test("-W tells workqueues apart, and -w counts one only", arguments: plans)
    func queues(_ plan: Plan) throws {
      let all = try rows(plan, ["-W", "-p", "@pid"])
      let queues = Set(all.map { $0["workqueue"] ?? "" })
      #expect(queues.contains("events") && queues.count == all.count, "\(queues)")
      #expect(Self.all.contains(total(all)))
      for (name, counts) in [("events", Self.all), ("event", 0...0), ("events_", 0...0)] {
        let count = try total(rows(plan, ["-w", name, "-p", "@pid"]))
        #expect(counts.contains(count), "\(name): \(count)")
      }
      let both = try rows(plan, ["-W", "-w", "events"])
      #expect(both.allSatisfy { $0["workqueue"] == "events" } && total(both) >= 23 * Self.cpus)
    }

    @Test("a wait is not longer than the run, and -N has nanoseconds", arguments: plans)
    func times(_ plan: Plan) throws {
      let start = Date()
      for (options, unit, scale) in [([], "usecs", 1e6), (["-N"], "nsecs", 1e9)] {
        for row in try rows(plan, options) {
          let elapsed = Date().timeIntervalSince(start) * scale
          #expect(row["unit"] == unit && Double(row["max"] ?? 0) < elapsed, "\(row.values)")
        }
      }
    }

    @Test("the table names the workqueue")
    func table() throws {
      let workload = try Workload("refreshes", "23")
      let run = try TracedRun("wqlat", ["-W", "-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.contains { $0 == "wqname = events" })
      #expect(lines.contains { $0.contains("usecs") && $0.contains("distribution") })
    }
  }
}
