import Foundation
import Testing

extension Live {
  /// biolatpcts tells true percentiles of each type of request.
  @Suite struct BlockPercentiles {
    static let plans = Plan.offered("biolatpcts")

    /// Runs a workload over a quiet disk. `@pid` stands for its process, `@` for the disk.
    private func rows(
      _ plan: Plan, _ options: [String] = ["@"], _ work: [String] = ["blocks", "23", "read", "@"]
    ) throws -> [Row] {
      let disk = try LoopDisk()
      let workload = try Workload(work.map { $0 == "@" ? disk.path : $0 })
      let result = try plan.trace(
        workload, options + ["--columns", "+count,+time", "-i", "600"],
        naming: ["@pid": "\(workload.pid)", "@": disk.name])
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?)
      return try result.rows()
    }

    private func count(_ rows: [Row], _ operation: String) -> Int {
      rows.filter { $0["operation"] == operation }.reduce(0) { $0 + ($1["count"] ?? 0) }
    }

    private static let keys = [1, 5, 10, 16, 25, 50, 75, 84, 90, 95, 99, 100].map { "p\($0)_us" }

    @Test("each type has its requests and rising percentiles, the others none", arguments: plans)
    func exact(_ plan: Plan) throws {
      for work in ["read", "write"] {
        let rows = try rows(plan, ["@"], ["blocks", "23", work, "@"])
        #expect(rows.map { $0["operation"] ?? "" } == ["read", "write", "discard", "flush"])
        for row in rows {
          guard row["operation"] == work else {
            #expect(row["count"] == 0 && Self.keys.allSatisfy { row.values[$0] is NSNull })
            continue
          }
          #expect(row["count"] == 23)
          let found = Self.keys.map(row.number)
          #expect(found.count == 12 && found == found.sorted() && found[0] > 0, "\(found)")
        }
      }
    }

    @Test("the percentiles are those that biosnoop's times have", arguments: plans)
    func referee(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "997", "read", disk.path)
      let snoop = try TracedRun("biosnoop", ["--json", "-d", disk.name])
      let run = try plan.run([disk.name, "-i", "600", "-p", "0.1,10,50,90,99,100"])
      try workload.run()
      let times = try snoop.stop().rows().compactMap { $0.number("latency_ms") }.sorted()
      let row = try #require(try run.stop().rows().first { $0["operation"] == "read" })
      try #require(times.count == 997)
      // Both take their times by themselves, some microseconds apart.
      for percent in [0.1, 10, 50, 90, 99, 100] {
        let rank = max(0, Int((percent * 9.97).rounded(.up)) - 1)
        let text = percent < 1 ? "0.1" : "\(Int(percent))"
        let found = row.number("p\(text)_us")
        let low = times[max(0, rank - 30)] * 990 - 200
        let high = times[min(996, rank + 30)] * 1010 + 200
        #expect((low...high).contains(found), "p\(percent): \(found), not \(low) to \(high)")
      }
    }

    @Test("a flush is a type of its own", arguments: plans)
    func flushes(_ plan: Plan) throws {
      let rows = try rows(plan, ["@"], ["dirties", "23", "@", "fsync"])
      #expect(count(rows, "flush") == 23)
      #expect(count(rows, "write") == 23)
    }

    @Test("-w chooses the begin; what lacks one is told", arguments: plans)
    func begins(_ plan: Plan) throws {
      #expect(count(try rows(plan, ["@", "-w", "on-device"]), "read") == 23)
      #expect(count(try rows(plan, ["@", "-w", "after-rq-alloc"]), "read") == 23)
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "23", "read", disk.path)
      let run = try plan.run([disk.name, "-w", "from-rq-alloc", "--columns", "+count"])
      try workload.run()
      let result = try run.stop()
      #expect(count(try result.rows(), "read") == 0)
      #expect(result.errors.contains("biolatpcts: 23 requests left out: "), "\(result.errors)")
    }

    @Test("filters count the requests of theirs, by name and by number", arguments: plans)
    func filters(_ plan: Plan) throws {
      let other = try LoopDisk()
      let cases: [([String], Bool)] = [
        (["@", "--pid", "@pid"], true), (["@", "--pid", "1"], false),
        (["/dev/@", "--comm", "workload"], true), (["@", "--uid", "65534"], false),
        (["--pid", "@pid"], true), ([other.name], false),
        ([try numbers(of: other)], false),
      ]
      for (options, isCounted) in cases {
        #expect(count(try rows(plan, options), "read") == (isCounted ? 23 : 0), "\(options)")
      }
    }

    private func numbers(of disk: LoopDisk) throws -> String {
      try String(contentsOfFile: "/sys/class/block/\(disk.name)/dev", encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("no interval loses a request, and one of 0 or a count ends the run", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "1009", "read", disk.path)
      let run = try plan.run([try numbers(of: disk), "-i", "0.1", "--columns", "+count"])
      try workload.run()
      #expect(count(try run.stop().rows(), "read") == 1009)
      for (options, tables) in [(["-i", "0"], 1), (["-i", "0.1", "--count", "3"], 3)] {
        let ended = try plan.run(options).finish()
        #expect(ended.end == .exited(0))
        #expect(try ended.rows().count == 4 * tables)
      }
    }

    @Test(
      "SIGUSR1 begins a period and SIGUSR2 does not, and -1 says that it is ready",
      arguments: plans)
    func signals(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let run = try plan.run([disk.name, "-i", "-1", "--columns", "+count"])
      func reads(_ tables: Int) throws -> [Int] {
        try waitFor("\(tables) tables") { try run.rowsSoFar().count >= 4 * tables }
        return try run.rowsSoFar().filter { $0["operation"] == "read" }.map { $0["count"] ?? -1 }
      }
      func work(_ number: Int) throws {
        try Workload("blocks", "\(number)", "read", disk.path).run()
      }
      #expect(try reads(1) == [0])
      try work(23)
      run.process.signal(SIGUSR2)
      #expect(try reads(2) == [0, 23])
      try work(17)
      run.process.signal(SIGUSR1)
      #expect(try reads(3) == [0, 23, 40])
      try work(5)
      let result = try run.stop()
      #expect(try result.rows().suffix(4).first?["count"] == 5)
      let summary = try result.summary()
      #expect(summary["seen"] == 45 as Int? && summary["shown"] == 45 as Int?)
    }

    @Test("a table fits 80 columns, has the disk over the types, and - for none", arguments: plans)
    func table(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "23", "read", disk.path)
      let run = try TracedRun("biolatpcts", [disk.name, "-i", "600"], plan: plan.hooks)
      try workload.run()
      let text = try run.stop().text
      #expect(text.hasPrefix("\n" + disk.name))
      let lines = text.split(separator: "\n")
      #expect(lines.allSatisfy { $0.utf8.count < 80 } && lines.count == 5, "\(text)")
      let words = lines.map { $0.split(separator: " ") }
      #expect(
        words[0].dropFirst() == [
          "p1", "p5", "p10", "p16", "p25", "p50", "p75", "p84",
          "p90", "p95", "p99", "p100",
        ])
      #expect(words[2] == ["write"] + Array(repeating: "-", count: 12))
    }
  }
}
