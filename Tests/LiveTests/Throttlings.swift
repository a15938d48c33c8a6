import Foundation
import Testing

extension Live {
  /// throttlesnoop shows each time that a task was held back by the limit of its control group.
  /// The counters of that group are the referee.
  @Suite(.alone) struct Throttlings {
    static let plans = Plan.offered("throttlesnoop")
    private static let number = 23

    private struct Outcome {
      var rows: [Row]
      var pid: Int
      var group: String
      /// What the group's own account says: throttled periods, and microseconds.
      var periods: Int
      var microseconds: Int
    }

    /// As many as the workload has noticed, each of which took a millisecond, and no more than
    /// the group counts.
    private static func isWhole(_ outcome: Outcome) -> Bool {
      let long = outcome.rows.count { ($0["held_us"] ?? 0) >= 1000 }
      return long >= number && outcome.rows.count <= outcome.periods
    }

    /// In an option `@` stands for the workload's process.
    private func trace(
      _ plan: Plan, _ options: [String] = ["-p", "@"], threads: Int = 0
    ) throws -> Outcome {
      try trace(plan, each: [options], threads: threads)[0]
    }

    private func trace(
      _ plan: Plan, each lists: [[String]], threads: Int = 0
    ) throws -> [Outcome] {
      let workload = try Workload("throttles", "\(Self.number)", "\(threads)")
      let (rows, outcomes) = try plan.rowsOfEach(workload, lists)
      let account = outcomes.first ?? []
      #expect(account.count == 2 && account[0] >= Self.number)
      return rows.map {
        Outcome(
          rows: $0, pid: workload.pid, group: workload.announcement, periods: account[0],
          microseconds: account[1])
      }
    }

    /// A group can be held back when none of its tasks runs in user space: the kernel counts the
    /// period, and no time. It may also count late, several periods at once. So there can be
    /// more periods than rows.
    @Test("a row ends each period that the group counts, and has its time", arguments: plans)
    func periods(_ plan: Plan) throws {
      let outcome = try trace(
        plan, ["-p", "@", "--columns", "+quota_us,+period_us,+throttled_us,+group_id,+ppid"])
      var before = (periods: 0, microseconds: 0)
      for row in outcome.rows {
        #expect(row["pid"] == outcome.pid && row["tid"] == outcome.pid)
        #expect(row["comm"] == "workload" && row["group"] == outcome.group)
        #expect(row["quota_us"] == 10_000 && row["period_us"] == 50_000)
        #expect(row["uid"] == 0 && (row["ppid"] ?? 0) > 0 && (row["group_id"] ?? 0) > 0)
        let now = (periods: row["throttled_periods"] ?? 0, microseconds: row["throttled_us"] ?? 0)
        let held: Int = row["held_us"] ?? 0
        #expect(now.periods > before.periods, "\(outcome.rows.map(\.values))")
        // Of the time that the group counts, none is missing.
        #expect(held + Self.slack >= now.microseconds - before.microseconds, "\(row.values)")
        before = now
      }
      #expect(before.periods <= outcome.periods)
      #expect(before.microseconds + Self.slack >= outcome.microseconds)
      // The workload may have been held back twice between two looks.
      #expect(Self.isWhole(outcome), "\(outcome.rows.map(\.values))")
    }

    /// Between two looks at a clock the machine may do something else.
    private static let slack = Int(Patience.factor * 10_000)

    @Test("of a group with three tasks each is held back", arguments: plans)
    func threads(_ plan: Plan) throws {
      let outcome = try trace(plan, threads: 2)
      let byThread = Dictionary(grouping: outcome.rows) { $0["tid"] ?? 0 }
      #expect(byThread.count == 3 && byThread[outcome.pid] != nil)
      // The main thread can be held back again before it has looked, and the others may not run
      // between two times that the group is.
      #expect(byThread[outcome.pid]?.count ?? 0 >= Self.number)
      for (tid, rows) in byThread { #expect(rows.count > 3, "\(tid)") }
      #expect(outcome.rows.allSatisfy { $0["group"] == outcome.group })
    }

    @Test("filters let the tasks through, or keep them out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let filters = [
        (["-t", "@"], true), (["-c", "workload", "-p", "@"], true), (["-m", "1", "-p", "@"], true),
        (["-m", "60000", "-p", "@"], false), (["-p", "1"], false), (["-t", "1"], false),
        (["-c", "workloads"], false), (["--uid", "65533"], false),
      ]
      let outcomes = try trace(plan, each: filters.map(\.0))
      for ((options, isShown), outcome) in zip(filters, outcomes) {
        #expect(isShown ? Self.isWhole(outcome) : outcome.rows.isEmpty, "\(options)")
      }
    }

    @Test("the table fits 80 columns")
    func table() throws {
      let workload = try Workload("throttles", "\(Self.number)")
      let run = try TracedRun("throttlesnoop", ["-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first == "TIME     PID     COMM              HELD(ms)  PERIODS GROUP")
      #expect(lines.count > Self.number && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    }
  }
}
