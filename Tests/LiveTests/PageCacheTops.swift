import Foundation
import Testing

extension Live {
  /// cachetop counts for each process what cachestat counts for all.
  @Suite struct PageCacheTops {
    static let plans = Plan.offered("cachetop")
    private static let pages = 64

    /// Runs a workload under cachetop. In an option `@` stands for its process.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-p", "@"], work: [String], on type: String = "ext4",
      interval: String = "3600", environment: [String] = []
    ) throws -> (rows: [Row], pid: Int) {
      let disk = try MountedDisk(type)
      let workload = try Workload(
        ["pages"] + work + ["\(Self.pages)", disk.path + "/file"], environment: environment)
      let result = try plan.trace(
        workload, options + [interval], naming: ["@": "\(workload.pid)"])
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
      return (try result.rows(), workload.pid)
    }

    private func sum(_ rows: [Row], _ key: String) -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    @Test(
      "64 cold pages are misses of their reader, and warm ones its hits", arguments: plans,
      MountedDisk.types)
    func reads(_ plan: Plan, _ type: String) throws {
      for (options, hits) in [([], 64), (["--cold"], 0)] {
        let (rows, pid) = try rows(plan, work: options + ["read", "1"], on: type)
        #expect(rows.count == 1)
        for row in rows {
          #expect(row["pid"] == pid && row["uid"] == 0 && row["comm"] == "workload")
          #expect(row["hits"] == hits && row["misses"] == 64 - hits, "\(row)")
          #expect(row["dirties"] == 0)
          #expect(row.number("read_hit_percent") == (hits > 0 ? 100 : 0))
          #expect(row.number("write_hit_percent") == 0)
        }
      }
    }

    @Test(
      "pages are dirtied by their writer, found in the cache or not", arguments: plans,
      MountedDisk.types)
    func writes(_ plan: Plan, _ type: String) throws {
      for (options, percent) in [([], 100.0), (["--cold"], 0)] {
        let (rows, _) = try rows(plan, work: options + ["write", "1"], on: type)
        #expect(sum(rows, "dirties") == 64 && sum(rows, "misses") == 0, "\(type) \(rows)")
        #expect(rows.contains { $0.number("write_hit_percent") == percent }, "\(type) \(rows)")
      }
    }

    @Test("pages are their writer's, whoever writes them back", arguments: plans)
    func writeBack(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let workload = try Workload("pages", "write", "1", "64", disk.path + "/file")
      let run = try plan.run(["-s", "dirties", "3600"])
      try workload.run()
      try disk.freeze()
      try disk.thaw()
      let mine = try run.stop().rows().filter { $0["pid"] == workload.pid }
      #expect(mine.count == 1 && sum(mine, "dirties") == 64)
    }

    @Test("filters count the processes that ask and no others", .alone, arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, isCounted) in [
        (["-p", "1"], false), (["--comm", "workload"], true), (["--comm", "loadwork"], false),
        (["--tid", "@"], true), (["-p", "@", "--uid", "65534"], false), (["-p", "@"], true),
      ] {
        let (rows, pid) = try rows(plan, options, work: ["read", "1"])
        #expect(sum(rows, "hits") == (isCounted ? 64 : 0), "\(options)")
        #expect(rows.allSatisfy { $0["pid"] == pid }, "\(options)")
      }
    }

    @Test("no interval loses a page or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let (rows, _) = try rows(
        plan, work: ["--cold", "--random", "read", "1"], interval: "0.05")
      #expect(sum(rows, "misses") == 64)
    }

    @Test("-s chooses who is first", arguments: plans)
    func sorted(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let reader = try Workload("pages", "read", "1", "503", disk.path + "/read")
      let writer = try Workload("pages", "write", "1", "251", disk.path + "/written")
      let missing = try Workload("pages", "--cold", "read", "1", "101", disk.path + "/cold")
      let works = [reader, writer, missing]
      let pids = works.map { "\($0.pid)" }.joined(separator: ",")
      let runs = try ["hits", "misses", "dirties"].map {
        try plan.run(["-p", pids, "-s", $0, "3600"])
      }
      for work in works { try work.run() }
      for (run, first) in zip(runs, [reader, missing, writer]) {
        let rows = try run.stop().rows()
        #expect(rows.count == 3 && rows.first?["pid"] == first.pid, "\(rows)")
      }
    }

    @Test("the table has the columns of bcc", arguments: plans)
    func table(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let workload = try Workload("pages", "read", "1", "64", disk.path + "/file")
      let run = try TracedRun("cachetop", ["-p", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let result = try run.stop()
      let lines = result.lines
      #expect(lines.count == 3 && lines.allSatisfy { $0.count <= 80 })
      #expect(
        lines[1].split(separator: " ").joined(separator: " ")
          == "PID UID CMD HITS MISSES DIRTIES READ_HIT% WRITE_HIT%")
      #expect(
        lines[2].split(separator: " ") == [
          "\(workload.pid)", "root", "workload", "64", "0", "0", "100.00%", "0.00%",
        ])
    }
  }
}
