import Foundation
import Testing

extension Live {
  /// bitesize puts the requests of each command into the bucket of their size.
  @Suite struct BlockSizes {
    static let plans = Plan.offered("bitesize")

    /// Runs a workload of requests of several blocks. `@pid` stands for its process, `@`
    /// for the disk.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-d", "@"], blocks: Int = 1, number: Int = 23
    ) throws -> [Row] {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "\(number)", "read", disk.path, "\(blocks)")
      let result = try plan.trace(
        workload, options, naming: ["@pid": "\(workload.pid)", "@": disk.name])
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?)
      return try result.rows()
    }

    @Test("23 requests of a size are in its bucket, under their command", arguments: plans)
    func exact(_ plan: Plan) throws {
      for (blocks, low) in [(1, 4), (2, 8), (16, 64)] {
        let rows = try rows(plan, blocks: blocks)
        #expect(rows.count == 1)
        let row = try #require(rows.first)
        #expect(row["comm"] == "workload" && row["unit"] == "kbytes")
        #expect(row.bool("writeback") == false)
        #expect(row["count"] == 23 && row["sum"] == 23 * 4 * blocks)
        #expect(row["min"] == 4 * blocks && row["max"] == 4 * blocks)
        #expect(row.buckets.first { $0.low == low }?.count == 23)
      }
    }

    @Test("filters count the requests of theirs, and no interval loses one", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Bool)] = [
        (["-d", "@", "--pid", "@pid"], true), (["-d", "@", "--pid", "1"], false),
        (["-d", "@", "-c", "workload"], true), (["-d", "@", "-c", "loadwork"], false),
        (["-d", "@", "0.1"], true),
      ]
      for (options, isCounted) in cases {
        let count = try rows(plan, options, number: 101).reduce(0) { $0 + $1.count(from: 0) }
        #expect(count == (isCounted ? 101 : 0), "\(options)")
      }
    }

    @Test("pages that are written back have no command", .alone, arguments: plans)
    func writeback(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let settings = try [("dirty_expire_centisecs", "1"), ("dirty_writeback_centisecs", "10")]
        .map { try Setting("/proc/sys/vm/\($0.0)", $0.1) }
      let workload = try Workload("dirties", "23", disk.path, "kept")
      let run = try plan.run(["-d", disk.name, "0.1"])
      func kilobytes(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["sum"] ?? 0) } }
      workload.go()
      try waitFor("the pages to be written back") {
        try kilobytes(run.rowsSoFar()) >= 23 * 4
      }
      try workload.run()
      let rows = try run.stop().rows()
      #expect(kilobytes(rows) == 23 * 4)
      #expect(rows.allSatisfy { $0.bool("writeback") == true && $0["comm"] == "" }, "\(rows)")
      withExtendedLifetime(settings) {}
    }

    @Test("the table has the headings of libbpf-tools", arguments: plans)
    func table(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "23", "read", disk.path)
      let run = try TracedRun("bitesize", ["-d", disk.name], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.prefix(2) == [
          "Process Name = workload", "     Kbytes              : count    distribution",
        ])
      #expect(lines.contains { $0.hasPrefix("         4 -> 7          : 23 ") })
    }
  }
}
