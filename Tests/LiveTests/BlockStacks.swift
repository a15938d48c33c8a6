import Foundation
import Testing

extension Live {
  /// biostacks counts each request once, under the stack that began it.
  @Suite struct BlockStacks {
    static let plans = Plan.offered("biostacks")

    /// Runs a workload over a quiet disk. `@pid` stands for its process, `@` for the disk.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-d", "@"],
      _ work: [String] = ["blocks", "23", "write", "@"], on disk: LoopDisk? = nil
    ) throws -> (rows: [Row], pid: Int, disk: LoopDisk) {
      let disk = try disk ?? LoopDisk()
      let workload = try Workload(work.map { $0 == "@" ? disk.path : $0 })
      let result = try plan.trace(
        workload, options, naming: ["@pid": "\(workload.pid)", "@": disk.name])
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?)
      #expect(summary["map_full"] == 0 as Int?)
      return (try result.rows(), workload.pid, disk)
    }

    private func count(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    private func names(_ row: Row, _ functions: String...) -> Bool {
      let frames = row.texts("kernel")
      return functions.allSatisfy { name in frames.contains { $0.hasPrefix(name) } }
    }

    @Test(
      "23 direct writes are under their process, disk and the stack of the call",
      arguments: plans)
    func exact(_ plan: Plan) throws {
      let (rows, pid, disk) = try rows(plan)
      #expect(count(rows) == 23)
      for row in rows {
        #expect(row["count"] == row.count(from: 0))
        #expect(row["pid"] == pid && row["comm"] == "workload" && row["disk"] == disk.name)
        #expect(row.bool("writeback") == false && row["unit"] == "usecs")
        #expect(names(row, "blk_mq_submit_bio", "vfs_write"), "\(row.texts("kernel"))")
        // None of what leads to the programs.
        #expect(row.texts("kernel").first?.hasPrefix("blk_mq_") == true)
      }
    }

    @Test("a read and a write of one process have stacks of their own", arguments: plans)
    func stacks(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let run = try plan.run(["-d", disk.name])
      try Workload("blocks", "23", "write", disk.path).run()
      try Workload("blocks", "17", "read", disk.path).run()
      let rows = try run.stop().rows()
      #expect(rows.count == 2)
      #expect(count(rows.filter { names($0, "vfs_write") }) == 23)
      #expect(count(rows.filter { names($0, "vfs_read") }) == 17)
    }

    @Test(
      "a request counts once, whatever was merged with it", arguments: plans,
      ["front", "back"])
    func merges(_ plan: Plan, _ side: String) throws {
      let disk = try LoopDisk()
      try "0".write(
        toFile: "/sys/block/\(disk.name)/queue/nomerges", atomically: false, encoding: .utf8)
      let before = try disk.requests
      let (rows, pid, _) = try rows(
        plan, ["-d", "@"], ["merges", "23", "4", side, "@"], on: disk)
      // The kernel merges them all, except where it submits early.
      let requests = try disk.requests - before
      #expect((23..<92).contains(requests))
      #expect(count(rows) == requests)
      #expect(rows.allSatisfy { $0["pid"] == pid && names($0, "io_submit_one") })
    }

    @Test("of an I/O that is cut each request counts, from the same stack", arguments: plans)
    func largeReads(_ plan: Plan) throws {
      let disk = try LoopDisk()
      try "4".write(
        toFile: "/sys/block/\(disk.name)/queue/max_sectors_kb", atomically: false, encoding: .utf8)
      let rows = try rows(
        plan, ["-d", "@"], ["blocks", "23", "read", "@", "64"], on: disk
      ).rows
      #expect(count(rows) == 23 * 64)
      #expect(rows.allSatisfy { names($0, "vfs_read") })
    }

    @Test("filters count the I/O of theirs, and no interval loses one", arguments: plans)
    func filters(_ plan: Plan) throws {
      let other = try LoopDisk()
      let cases: [([String], Bool)] = [
        (["-d", "@", "--pid", "@pid"], true), (["-d", "@", "--pid", "1"], false),
        (["-d", "@", "-c", "workload"], true), (["-d", "@", "-c", "loadwork"], false),
        (["-d", "@", "--uid", "65534"], false), (["-d", other.name], false),
        (["-d", "@", "-i", "0.1"], true), (["--pid", "@pid"], true),
      ]
      for (options, isCounted) in cases {
        let rows = try rows(plan, options, ["blocks", "101", "write", "@"]).rows
        #expect(count(rows) == (isCounted ? 101 : 0), "\(options)")
      }
    }

    @Test("pages that are written back have no process, but a stack", .alone, arguments: plans)
    func writeback(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let settings = try [("dirty_expire_centisecs", "1"), ("dirty_writeback_centisecs", "10")]
        .map { try Setting("/proc/sys/vm/\($0.0)", $0.1) }
      let workload = try Workload("dirties", "23", disk.path, "kept")
      let run = try plan.run(["-d", disk.name, "-i", "0.1"])
      workload.go()
      try waitFor("the pages to be written back") { try !run.rowsSoFar().isEmpty }
      try workload.run()
      let rows = try run.stop().rows()
      #expect(
        rows.allSatisfy { row in
          row.bool("writeback") == true && row["comm"] == "" && row["pid"] == 0
            && names(row, "wb_workfn")
        }, "\(rows)")
      withExtendedLifetime(settings) {}
    }

    @Test("-m counts in milliseconds, and an argument ends the run", arguments: plans)
    func milliseconds(_ plan: Plan) throws {
      let (rows, _, _) = try rows(plan, ["-m", "-d", "@"])
      #expect(rows.allSatisfy { $0["unit"] == "msecs" } && count(rows) == 23)
      #expect(try plan.run(["0.1"]).finish().end == .exited(0))
    }

    @Test("the table has the command, the process and the disk over the stack", arguments: plans)
    func table(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "23", "write", disk.path)
      let run = try TracedRun("biostacks", ["-d", disk.name], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.first?.split(separator: " ") == [
          "workload", "\(workload.pid)",
          Substring(disk.name),
        ])
      #expect(lines.contains { $0.contains("blk_mq_submit_bio") })
      #expect(lines.contains { $0.contains("usecs") && $0.contains(": count") })
      #expect(lines.allSatisfy { $0.utf8.count < 80 || $0.hasPrefix("    ") })
    }
  }
}
