import Foundation
import Testing

extension Live {
  /// runqslower shows waits that are forced, each once. A machine under load makes the thread
  /// wait longer now and then, so there may be more.
  @Suite(.alone) struct SlowRunQueues {
    static let plans = Plan.offered("runqslower")
    private static let number = 11
    private static let milliseconds = 20

    /// Runs a workload whose thread waits for its CPU. In an option `@` stands for its
    /// process and `@tid` for the thread.
    private func rows(
      _ plan: Plan, _ options: [String]
    ) throws -> (rows: [Row], pid: Int, tid: Int) {
      let workload = try Workload("waits", "\(Self.number)", "\(Self.milliseconds)")
      let tid = workload.announcement
      let result = try plan.trace(
        workload, options, naming: ["@tid": tid, "@": "\(workload.pid)"])
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload.pid, Int(tid) ?? 0)
    }

    @Test("11 waits of 20 ms are there, with who ran before", arguments: plans)
    func waits(_ plan: Plan) throws {
      let (rows, pid, tid) = try rows(plan, ["15000", "-t", "@tid"])
      #expect(rows.count >= Self.number)
      for row in rows {
        #expect(row["pid"] == pid && row["tid"] == tid && row["comm"] == "waiter")
        #expect(row["latency_us"] ?? 0 >= 15000)
      }
      let forced = rows.filter { $0["latency_us"] ?? 0 >= Self.milliseconds * 1000 }
      #expect(forced.count >= Self.number)
      // The thread that kept the CPU busy lets it go then.
      let before = rows.filter { $0["previous_tid"] == pid && $0["previous_comm"] == "workload" }
      #expect(before.count * 2 > Self.number, "\(rows.map(\.values))")
    }

    @Test("the least and the filters keep other waits out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let waiter: (Row) -> Bool = { $0["comm"] == "waiter" && $0["latency_us"] ?? 0 >= 15000 }
      let cases: [([String], Int)] = [
        (["-p", "@"], Self.number), (["0", "-p", "@"], Self.number),
        (["60000000", "-p", "@"], 0), (["-p", "@", "-c", "waiter"], Self.number),
        (["-p", "@", "-c", "waiters"], 0), (["-p", "1"], 0), (["--uid", "65533"], 0),
      ]
      for (options, expected) in cases {
        let count = try rows(plan, options).rows.count(where: waiter)
        #expect(expected == 0 ? count == 0 : count >= expected, "\(options)")
      }
    }

    @Test(
      "the table has the columns of libbpf-tools, and the task before with -P", arguments: plans)
    func table(_ plan: Plan) throws {
      func lines(_ options: [String]) throws -> [Substring] {
        let workload = try Workload("waits", "\(Self.number)", "\(Self.milliseconds)")
        let run = try TracedRun(
          "runqslower", ["-t", workload.announcement, "15000"] + options, plan: plan.hooks)
        try workload.run()
        return try run.stop().lines
      }
      let plain = try lines([]), both = try lines(["-P"])
      #expect(plain.first == "TIME     COMM             TID           LAT(us)")
      #expect(plain.count > Self.number)
      #expect(
        both.first == "TIME     COMM             TID           LAT(us) PREV COMM        PREV TID")
    }
  }
}
