import Foundation
import Testing

extension Live {
  /// biopattern distinguishes requests that follow each other from those that do not.
  @Suite struct BlockPatterns {
    static let plans = Plan.offered("biopattern")

    /// Runs a workload over a quiet disk. `@pid` stands for its process, `@` for the disk.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-d", "@"], sequential: Int = 23, random: Int = 17
    ) throws -> [Row] {
      let disk = try LoopDisk()
      let workload = try Workload("seeks", "\(sequential)", "\(random)", disk.path)
      let result = try plan.trace(
        workload, options, naming: ["@pid": "\(workload.pid)", "@": disk.name])
      let rows = try result.rows()
      #expect(options.contains("-d") == false || rows.allSatisfy { $0["disk"] == disk.name })
      return rows
    }

    private func sum(_ rows: [Row], _ key: String) -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    @Test(
      "23 sequential and 17 random requests are that, and the first is neither", arguments: plans)
    func exact(_ plan: Plan) throws {
      let rows = try rows(plan, ["-d", "@", "--columns", "+random,+sequential"])
      #expect(rows.count == 1)
      let row = try #require(rows.first)
      #expect(row["sequential"] == 23 && row["random"] == 17)
      #expect(row["count"] == 41 && row["bytes"] == 41 * 4096)
      #expect(row.number("random_percent") == 42.5 && row.number("sequential_percent") == 57.5)
    }

    @Test("the first request of a disk alone has no percentages", arguments: plans)
    func first(_ plan: Plan) throws {
      let row = try #require(try rows(plan, sequential: 0, random: 0).first)
      #expect(row["count"] == 1)
      #expect(row.values["random_percent"] is NSNull && row.values["sequential_percent"] is NSNull)
    }

    @Test("no interval loses a request or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let rows = try rows(
        plan, ["-d", "@", "--columns", "+random,+sequential", "0.1"], sequential: 1009)
      #expect(sum(rows, "sequential") == 1009 && sum(rows, "random") == 17)
    }

    @Test("filters count the requests of theirs", arguments: plans)
    func filters(_ plan: Plan) throws {
      let other = try LoopDisk()
      let cases: [([String], Bool)] = [
        (["-d", "@", "--pid", "@pid"], true), (["-d", "@", "--pid", "1"], false),
        (["-d", "@", "--comm", "workload"], true), (["-d", "@", "--uid", "65534"], false),
        (["-d", other.name, "--pid", "@pid"], false),
      ]
      for (options, isCounted) in cases {
        #expect(sum(try rows(plan, options), "count") == (isCounted ? 41 : 0), "\(options)")
      }
    }

    @Test("a table has one header, whole percentages, and the time with -T", arguments: plans)
    func table(_ plan: Plan) throws {
      let disk = try LoopDisk()
      func lines(_ options: [String]) throws -> [[Substring]] {
        let workload = try Workload("seeks", "23", "17", disk.path)
        let run = try TracedRun(
          "biopattern", ["-d", disk.name] + options + ["0.2"], plan: plan.hooks)
        try workload.run()
        try waitFor("a summary") { run.process.output.text.contains(disk.name) }
        return try run.stop().lines.map { $0.split(separator: " ") }
      }
      let header: [Substring] = ["DISK", "%RND", "%SEQ", "COUNT", "KBYTES"]
      let plain = try lines([])
      #expect(plain.first == header && plain.count { $0 == header } == 1)
      #expect(plain.count == 2 && plain.last == [Substring(disk.name), "42", "57", "41", "164"])
      #expect(try lines(["-T"]).first == ["TIME"] + header)
    }
  }
}
