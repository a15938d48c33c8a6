import Foundation
import Testing

extension Live {
  /// tcpsynbl counts each connection under the limit of its listener, with the number of those
  /// that waited already, in a network namespace of its own.
  @Suite struct Backlogs {
    static let plans = Plan.offered("tcpsynbl")
    /// With a filter of tasks, where a connection counts when it is accepted.
    static let accepting = Plan.offered("tcpsynbl", "--comm", "workload")

    /// - Parameter options: `@netns` stands for the namespace, `@pid` for the process.
    /// - Returns: the rows, and how many connections found the backlog full.
    private func trace(
      _ plan: Plan, _ options: [String] = ["--netns", "@netns"], number: Int = 23,
      family: String = "4", backlog: Int = 30
    ) throws -> (rows: [Row], full: Int) {
      let workload = try Workload("backlogs", "\(number)", family, "\(backlog)")
      let named = options.map {
        $0.replacingOccurrences(of: "@netns", with: workload.announcement)
          .replacingOccurrences(of: "@pid", with: "\(workload.pid)")
      }
      let network = try workload.network()
      let run = try plan.run(named)
      let full = try #require(try workload.run().first?.first)
      let result = try run.stop()
      try network.close()
      #expect(result.end == .exited(0), "\(result.errors)")
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
      return (try result.rows(), full)
    }

    private func count(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    @Test(
      "one connection each finds 0, 1, 2 and so on waiting", arguments: plans + accepting,
      ["4", "6", "mapped"])
    func exact(_ plan: Plan, _ family: String) throws {
      for (number, backlog) in plan.options.isEmpty ? [(4, 7), (23, 30)] : [(23, 30)] {
        let (rows, full) = try trace(plan, number: number, family: family, backlog: backlog)
        #expect(rows.count == 1 && full == 0)
        let row = try #require(rows.first)
        #expect(row["backlog_max"] == backlog && row["unit"] == "connections")
        #expect(row["count"] == number && row["sum"] == number * (number - 1) / 2)
        #expect(row["min"] == 0 && row["max"] == number - 1)
        let buckets = number == 4 ? [2, 2] : [2, 2, 4, 8, 7]
        #expect(row.buckets.map(\.count) == buckets)
      }
    }

    @Test("what finds the backlog full does not count, since it was not let in", arguments: plans)
    func overflows(_ plan: Plan) throws {
      let (rows, full) = try trace(plan, number: 7, backlog: 3)
      #expect(full > 0)
      // A backlog of 3 lets a fourth one in.
      #expect(count(rows) == 4 && rows.first?["max"] == 3)
    }

    private typealias Case = (options: [String], family: String, isCounted: Bool)

    private func check(_ plan: Plan, _ cases: [Case]) throws {
      for (options, family, isCounted) in cases {
        let rows = try trace(plan, options + ["--netns", "@netns"], family: family).rows
        #expect(count(rows) == (isCounted ? 23 : 0), "\(options) \(family)")
      }
    }

    @Test("each filter of tasks counts what its tasks accept", arguments: accepting)
    func tasks(_ plan: Plan) throws {
      try check(
        plan,
        [
          (["--pid", "@pid"], "4", true), (["--pid", "1"], "4", false), (["-4"], "6", false),
          (["--uid", "0"], "4", true), (["--uid", "65533"], "4", false),
        ])
    }

    @Test("each filter lets its connections pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      try check(
        plan,
        [
          (["-4"], "4", true), (["-4"], "6", false), (["-4"], "mapped", true),
          (["-6"], "6", true), (["-6"], "4", false), (["-6"], "mapped", false),
          (["0.05"], "4", true),
        ])
      let others = try trace(plan, ["--netns", "/proc/self/ns/net"], backlog: 27).rows
      #expect(others.allSatisfy { $0["backlog_max"] != 27 })
    }

    @Test("without a filter the connections of all listeners count", .alone, arguments: plans)
    func all(_ plan: Plan) throws {
      let row = try trace(plan, [], backlog: 29).rows.first { $0["backlog_max"] == 29 }
      #expect(row?["count"] == 23 && row?["sum"] == 23 * 22 / 2)
    }

    @Test("the table has the headings of libbpf-tools")
    func table() throws {
      let workload = try Workload("backlogs", "23", "4", "30")
      let run = try TracedRun("tcpsynbl", ["--netns", workload.announcement])
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.prefix(2) == [
          "backlog_max = 30", "     backlog             : count    distribution",
        ])
    }
  }
}
