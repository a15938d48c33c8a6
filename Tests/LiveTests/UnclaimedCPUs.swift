import BPF
import Foundation
import Testing
import TraceKit

extension Live {
  /// cpuunclaimed finds the CPUs idle that could have run the tasks of a crowd on another.
  @Suite(.alone) struct UnclaimedCPUs {
    static let plans = Plan.offered("cpuunclaimed")
    private static let milliseconds = 997
    /// One runs, and there is one for each CPU.
    private static let threads = Sampling.onlineCPUs.count + 3
    /// A virtual machine's host can withhold most of the ticks.
    private static let least = milliseconds * 99 / 1000 / 9

    private func trace(
      _ plan: Plan, _ options: [String]
    ) throws -> (result: RunResult, cpu: Int) {
      let workload = try Workload("crowds", "\(Self.threads)", "\(Self.milliseconds)")
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      return (result, try #require(Int(workload.announcement)))
    }

    @Test("while a crowd is on one CPU, each idle CPU is unclaimed", arguments: plans)
    func crowd(_ plan: Plan) throws {
      let result = try trace(plan, ["-p", "@", "1000"]).result
      let rows = try result.rows(), summary = try result.summary()
      let row = try #require(rows.first)
      #expect(rows.count == 1)
      #expect(row["samples"] == summary["shown"] as Int?)
      #expect(summary["shown"] ?? 0 >= Self.least)
      #expect(summary["seen"] == summary["shown"] as Int?)
      let (busy, unclaimed) = (row.number("cpu_percent"), row.number("unclaimed_percent"))
      #expect(busy >= 90 / Double(Sampling.onlineCPUs.count), "\(row.values)")
      // The last threads end when fewer are left.
      #expect(busy + unclaimed >= 90 && busy + unclaimed <= 100.01, "\(row.values)")
    }

    @Test("intervals lose no sample, and filters choose ticks", arguments: plans)
    func intervals(_ plan: Plan) throws {
      func samples(_ options: [String]) throws -> Int {
        let result = try trace(plan, options + ["0.1"]).result
        let rows = try result.rows(), summary = try result.summary()
        let sum = rows.reduce(0) { $0 + ($1["samples"] ?? 0) }
        #expect(sum == summary["shown"])
        #expect(rows.count > 2)
        return sum
      }
      for options in [["-p", "@"], ["--comm", "workload", "-p", "@"]] {
        #expect(try samples(options) >= Self.least, "\(options)")
      }
      for options in [["--tid", "@"], ["-p", "@", "--uid", "65533"]] {
        #expect(try samples(options) < Self.least / 3, "\(options)")
      }
    }

    @Test("-j and -J print each tick as CSV, with bcc's columns", arguments: plans)
    func ticks(_ plan: Plan) throws {
      func table(_ options: [String]) throws -> (head: [Substring], rows: [[Int?]], cpu: Int) {
        let workload = try Workload("crowds", "\(Self.threads)", "\(Self.milliseconds)")
        let run = try TracedRun(
          "cpuunclaimed", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        let lines = try run.stop().lines.map {
          $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        return (
          lines.first ?? [], lines.dropFirst().map { $0.map { Int($0) } },
          try #require(Int(workload.announcement))
        )
      }
      let names = Sampling.onlineCPUs.map { "CPU\($0)" }
      let plain = try table(["-j"])
      #expect(plain.head.map(String.init) == ["TIMESTAMP_ns"] + names)
      let place = try #require(plain.head.firstIndex(of: "CPU\(plain.cpu)"))
      #expect(plain.rows.count >= Self.least)
      let crowded = plain.rows.count { $0[place] ?? 0 >= Self.threads }
      #expect(crowded * 100 >= plain.rows.count * 80, "\(crowded) of \(plain.rows.count)")
      let times = plain.rows.compactMap { $0[0] }
      #expect(times == times.sorted() && Set(times).count == plain.rows.count)
      let full = try table(["-J"])
      #expect(
        full.head.map(String.init) == ["TIMESTAMP_ns"] + names + names.map { "OFFSET_ns_\($0)" })
      #expect(full.rows.allSatisfy { $0.suffix(names.count).contains(0) })
    }

    @Test("a line has a time with -T")
    func table() throws {
      let plan = try #require(Self.plans.first)
      func head(_ options: [String]) throws -> Substring? {
        let workload = try Workload("crowds", "2", "100")
        let run = try TracedRun("cpuunclaimed", options, plan: plan.hooks)
        try workload.run()
        return try run.stop().lines.first
      }
      #expect(try head([]) == "  %CPU %UNCLAIMED")
      #expect(try head(["-T"]) == "TIME       %CPU %UNCLAIMED")
    }
  }
}
