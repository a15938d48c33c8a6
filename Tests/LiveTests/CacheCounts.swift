import Foundation
import Testing

extension Live {
  /// llcstat counts what is sampled, here page faults, of which every machine counts each: the
  /// programs and all else are those of the cache.
  @Suite struct CacheCounts {
    static let plans = Plan.offered("llcstat")
    private static let number = 23

    private static func events(
      _ references: String, _ misses: String, every period: Int = 1
    ) -> [String] {
      ["--references", references, "--misses", misses, "-c", "\(period)", "600"]
    }

    /// In an option `@` stands for the workload's process, and `@tid` for its thread.
    private func rows(
      _ options: [String] = ["-p", "@"], events: [String] = events("page-faults", "page-faults"),
      number: Int = number, inThread: Bool = false
    ) throws -> (rows: [Row], pid: Int, tid: Int) {
      let workload = try Workload(["faults", "\(number)"] + (inThread ? ["thread"] : []))
      let tid = workload.announcement
      let named = options.map {
        $0.replacingOccurrences(of: "@tid", with: tid)
          .replacingOccurrences(of: "@", with: "\(workload.pid)")
      }
      let process = try TracedRun("llcstat", ["--json"] + events + named)
      try workload.run()
      let result = try process.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload.pid, Int(tid) ?? 0)
    }

    private func sum(_ rows: [Row], _ key: String) -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    @Test("23 faults are 23 references and 23 misses", arguments: plans)
    func each(_ plan: Plan) throws {
      let (rows, pid, _) = try rows()
      #expect(sum(rows, "references") == Self.number && sum(rows, "misses") == Self.number)
      for row in rows {
        #expect(row["pid"] == pid && row["comm"] == "workload" && row["tid"] as Int? == nil)
        #expect((row["cpu"] ?? -1) >= 0 && row.number("hit_percent") == 0)
      }
    }

    @Test("each event goes to its column, and the rest are hits", arguments: plans)
    func columns(_ plan: Plan) throws {
      let hits = try rows(events: Self.events("minor-faults", "major-faults")).rows
      #expect(sum(hits, "references") == Self.number && sum(hits, "misses") == 0)
      #expect(!hits.isEmpty && hits.allSatisfy { $0.number("hit_percent") == 100 })
      let misses = try rows(events: Self.events("major-faults", "minor-faults")).rows
      #expect(sum(misses, "references") == 0 && sum(misses, "misses") == Self.number)
      #expect(!misses.isEmpty && misses.allSatisfy { $0.number("hit_percent") == 0 })
    }

    /// What is between two samples is counted with the second, or not at all, on each CPU.
    @Test("a sample stands for the events since the last one", arguments: plans)
    func period(_ plan: Plan) throws {
      let rows = try rows(
        events: Self.events("page-faults", "page-faults", every: 10), number: 2300
      ).rows
      let faults = sum(rows, "references")
      #expect(faults % 10 == 0 && abs(faults - 2300) <= 10 * 16, "\(faults)")
    }

    @Test("-t counts threads", arguments: plans)
    func threads(_ plan: Plan) throws {
      let (rows, pid, tid) = try rows(["-t", "-p", "@"], inThread: true)
      #expect(tid != pid)
      let ofThread = rows.filter { $0["tid"] == tid }
      #expect(sum(ofThread, "references") == Self.number)
      #expect(rows.allSatisfy { $0["pid"] == pid })
    }

    @Test("filters let the faults through, or keep them out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, expected) in [
        (["--tid", "@tid"], Self.number), (["-p", "@", "--comm", "workload"], Self.number),
        (["-p", "@", "--uid", "0"], Self.number), (["-p", "1", "--comm", "workload"], 0),
        (["-p", "@", "--comm", "workloads"], 0), (["-p", "@", "--uid", "65533"], 0),
      ] {
        #expect(sum(try rows(options).rows, "references") == expected, "\(options)")
      }
    }

    @Test("no interval loses a fault or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let rows = try rows(["-p", "@", "-i", "0.01"], number: 2300).rows
      #expect(sum(rows, "references") == 2300 && sum(rows, "misses") == 2300)
    }

    @Test("the table has the columns of bcc, and the totals of all")
    func table() throws {
      let workload = try Workload("faults", "\(Self.number)")
      let run = try TracedRun(
        "llcstat", Self.events("page-faults", "page-faults") + ["-p", "\(workload.pid)"])
      try workload.run()
      let result = try run.stop()
      #expect(
        result.lines.first == "PID      NAME             CPU     REFERENCE         MISS    HIT%")
      #expect(result.lines.count >= 2 && result.lines.allSatisfy { $0.count <= 80 })
      #expect(result.errors.contains("llcstat: references 23, misses 23, hit rate 0.00%"))
    }

    @Test("without a counter of the cache it says so")
    func counters() throws {
      let process = try TracedRun.start("llcstat", ["--references", "cache-references", "0.01"])
      let end = try process.wait()
      if end == .exited(0) { return }
      #expect(end == .exited(69))
      #expect(
        process.errors.text.split(separator: "\n").last?.contains(
          "this machine has no such counter") == true, "\(process.errors.text)")
    }
  }
}
