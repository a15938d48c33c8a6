import Foundation
import Testing

extension Live {
  /// pidpersec counts new processes and threads.
  @Suite struct NewPIDs {
    static let plans = Plan.offered("pidpersec")

    private func count(
      _ plan: Plan, options: [String] = ["--pid", "@", "3600"], _ how: String, _ value: Int
    ) throws -> (processes: Int, threads: Int) {
      let workload = try Workload("exits", "23", how, "\(value)")
      let run = try plan.run(
        options.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") })
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows(), summary = try result.summary()
      func sum(_ key: String) -> Int { rows.reduce(0) { $0 + ($1[key] ?? 0) } }
      #expect(sum("pids") == sum("processes") + sum("threads"))
      #expect(summary["seen"] == sum("pids") && summary["lost"] == 0)
      return (sum("processes"), sum("threads"))
    }

    @Test("23 forks are counted, and threads of followed processes", arguments: plans)
    func exact(_ plan: Plan) throws {
      #expect(try count(plan, "code", 0) == (23, 0))
      let options = ["--pid", "@", "--follow", "3600"]
      #expect(try count(plan, options: options, "threads", 3) == (23, 69))
      #expect(try count(plan, "threads", 3) == (23, 0))
    }

    @Test("filters count those that their tasks make, and no interval loses one", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, expected) in [
        (["--pid", "@", "--comm", "workload", "3600"], 23), (["--pid", "@", "0.01"], 23),
        (["--pid", "@", "--comm", "child", "3600"], 0), (["--pid", "1", "3600"], 0),
        (["--pid", "@", "--uid", "65533", "3600"], 0), (["--tid", "@", "3600"], 23),
      ] {
        #expect(try count(plan, options: options, "code", 0) == (expected, 0), "\(options)")
      }
    }

    @Test("without a filter it counts those of all", arguments: plans)
    func all(_ plan: Plan) throws {
      #expect(try count(plan, options: ["3600"], "code", 0).processes >= 23)
    }

    @Test("there is a line at each interval, with the time")
    func table() throws {
      let lines = try TracedRun("pidpersec", ["0.1", "3"]).finish().lines
      #expect(lines.count == 4)
      #expect(lines.first?.split(separator: " ") == ["TIME", "PIDS"])
      #expect(lines.dropFirst().allSatisfy { $0.wholeMatch(of: /\d\d:\d\d:\d\d +\d+/) != nil })
    }
  }
}
