import Foundation
import Testing

extension Live {
  /// cpufreq counts samples at the frequency of their CPU: here one that is assumed, since no
  /// virtual machine has another. Changes of frequency are tested in BPFTests.
  @Suite(.alone, .enabled(if: !hasFrequencies, "this machine has frequencies of its own"))
  struct Frequencies {
    static let plans = Plan.offered("cpufreq")
    private static let milliseconds = 997
    /// So many samples there are at least, at 99 per second.
    private static let least = milliseconds * 99 / 1000 / 3

    private func rows(_ plan: Plan, _ options: [String]) throws -> [Row] {
      try rows(plan, each: [options])[0]
    }

    private func rows(_ plan: Plan, each lists: [[String]]) throws -> [[Row]] {
      let workload = try Workload("burns", "\(Self.milliseconds)")
      let results = try plan.traceEach(
        workload, lists.map { ["--assume", "2100"] + $0 }, naming: ["@": "\(workload.pid)"])
      return try results.map { result in
        let rows = try result.rows(), summary = try result.summary()
        let sum = rows.reduce(0) { $0 + ($1["count"] ?? 0) }
        #expect(summary["shown"] == sum && summary["map_full"] == 0)
        return rows
      }
    }

    @Test("samples are in the bucket of the frequency, of all and by command", arguments: plans)
    func samples(_ plan: Plan) throws {
      let rows = try rows(plan, [])
      for row in rows {
        #expect(row["unit"] == "MHz" && row.count(from: 0) == row["count"])
        #expect(row.buckets.map(\.low) == [2000], "\(row.values)")
      }
      let all = rows.filter { $0["comm"] as String? == nil }
      #expect(all.count == 1 && rows.first?["comm"] as String? == nil)
      let burning = rows.first { $0["comm"] == "workload" }
      #expect(burning?["count"] ?? 0 >= Self.least)
      let commands = rows.reduce(0) { $0 + ($1["comm"] as String? == nil ? 0 : $1["count"] ?? 0) }
      #expect(commands <= all.first?["count"] ?? 0)
    }

    @Test("filters apply to the running task", arguments: plans)
    func filters(_ plan: Plan) throws {
      let wanted = [["-p", "@"], ["-p", "@", "--comm", "workload"], ["-p", "@", "--uid", "0"]]
      let keptOut = [["-p", "1", "--comm", "workload"], ["-p", "@", "--uid", "65533"]]
      let all = try rows(plan, each: wanted + keptOut)
      for (options, rows) in zip(wanted, all) {
        let counts = rows.map { $0["count"] ?? 0 }
        #expect(rows.count == 2 && counts[0] == counts[1] && counts[0] >= Self.least, "\(options)")
      }
      for rows in all.dropFirst(wanted.count) { #expect(rows.isEmpty) }
    }

    @Test("-f takes that many samples", arguments: plans)
    func frequency(_ plan: Plan) throws {
      let rows = try rows(plan, ["-p", "@", "-f", "499"])
      #expect(rows.first?["count"] ?? 0 >= Self.milliseconds * 499 / 1000 / 3)
    }

    @Test("the table has a histogram of all, and one per command")
    func table() throws {
      let workload = try Workload("burns", "\(Self.milliseconds)")
      let run = try TracedRun("cpufreq", ["--assume", "2100", "-p", "\(workload.pid)"])
      try workload.run()
      let text = try run.stop().text
      #expect(text.contains("syswide\n") && text.contains("comm = workload\n"), "\(text)")
      #expect(text.contains("MHz") && text.contains(/2000 +: \d+/), "\(text)")
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    }

    @Test("without a frequency it says so")
    func unknown() throws {
      let process = try Subprocess([Executable.path("cpufreq"), "-d", "1"])
      #expect(try process.wait() == .exited(69))
      #expect(
        process.errors.text.contains(
          "the kernel does not know the frequencies of this machine's CPUs"))
      #expect(process.errors.text.contains("--assume"))
    }
  }
}

private let hasFrequencies = FileManager.default.fileExists(
  atPath: "/sys/devices/system/cpu/cpu0/cpufreq")
