import Foundation
import Testing
import TraceKit

extension Live {
  /// numamove counts migrations between the nodes of a virtual machine, and none where there
  /// is one node.
  @Suite struct PageMoves {
    static let plans = Plan.offered("numamove")
    static let timedPlans = Plan.offered("numamove", "-d")
    static let hasNodes = FileManager.default.fileExists(
      atPath: "/sys/devices/system/node/node1")
    private static let number = 23

    private func sum(_ rows: [Row], _ key: String) -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    /// The pages that the kernel counted as moved by its balancing.
    private static var moved: Int { MemoryCounters.value(of: "numa_pages_migrated") }

    /// Runs a workload whose pages are on the wrong node. In an option `@` stands for its
    /// process.
    private func rows(
      _ plan: Plan, _ options: [String], pages: Int = number
    ) throws -> [Row] {
      let workload = try Workload("misplaced", "\(pages)")
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      #expect(try result.summary()["lost"] == 0)
      return try result.rows()
    }

    @Test(
      "23 pages move, in as many migrations or less, and their times are known",
      .enabled(if: hasNodes, "this machine has one NUMA node"), arguments: plans)
    func moves(_ plan: Plan) throws {
      let rows = try rows(plan, ["-p", "@", "3600"])
      #expect(rows.count == 1)
      let row = try #require(rows.first)
      #expect(row["pages"] ?? 0 >= Self.number && row["migrations"] ?? 0 >= 1)
      let isTimed =
        plan.hooks == "fentry" || KernelSymbols.has("__traceiter_mm_migrate_pages_start")
      if isTimed {
        #expect(row.number("migrations_ms") > 0)
        #expect(row.number("max_ms") > 0 && row.number("max_ms") <= row.number("migrations_ms"))
      } else {
        #expect(row.values["migrations_ms"] is NSNull)
      }
    }

    @Test(
      "the kernel counts as many pages", .alone,
      .enabled(if: hasNodes, "this machine has one NUMA node"), arguments: plans)
    func referee(_ plan: Plan) throws {
      let workload = try Workload("misplaced", "1009")
      // What else the kernel balances goes on while the tool starts and ends.
      let earliest = Self.moved
      let run = try plan.run(["0.5"])
      let before = Self.moved
      try workload.run()
      let least = Self.moved - before
      let rows = try run.stop().rows()
      let most = Self.moved - earliest
      #expect((least...most).contains(sum(rows, "pages")) && least >= 1009)
    }

    @Test(
      "filters let the migrations through, or keep them out",
      .enabled(if: hasNodes, "this machine has one NUMA node"), arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["-p", "@", "--comm", "workload"], ["-p", "@", "--uid", "0"]] {
        #expect(sum(try rows(plan, options), "pages") >= Self.number, "\(options)")
      }
      for options in [
        ["-p", "1"], ["-p", "@", "--comm", "workloads"], ["-p", "@", "--uid", "1"],
      ] {
        let rows = try rows(plan, options)
        #expect(sum(rows, "pages") + sum(rows, "migrations") == 0, "\(options)")
      }
    }

    @Test(
      "-d has a histogram of the times",
      .enabled(if: hasNodes, "this machine has one NUMA node"), arguments: timedPlans)
    func histogram(_ plan: Plan) throws {
      let rows = try rows(plan, ["-p", "@", "3600"])
      #expect(rows.count == 1 && rows.first?["unit"] == "usecs")
      #expect(rows.first?.count(from: 0) ?? 0 >= 1)
    }

    @Test(
      "on one node nothing moves, and each interval has its line",
      .enabled(if: !hasNodes, "this machine has several NUMA nodes"), arguments: plans)
    func oneNode(_ plan: Plan) throws {
      let run = try plan.run(["0.02", "5"])
      let rows = try run.finish().rows()
      #expect(rows.count == 5)
      for row in rows {
        #expect(row["migrations"] == 0 && row["pages"] == 0 && row.number("migrations_ms") == 0)
      }
    }

    @Test("other migrations do not count", arguments: plans)
    func compaction(_ plan: Plan) throws {
      let run = try plan.run(["3600"])
      // Migrates what stands in the way of large free blocks; where the kernel has none, nothing.
      try? "1".write(toFile: "/proc/sys/vm/compact_memory", atomically: false, encoding: .utf8)
      let rows = try run.stop().rows()
      if !Self.hasNodes { #expect(sum(rows, "migrations") == 0 && sum(rows, "pages") == 0) }
    }

    @Test("the table has a line for each interval, with the columns of libbpf-tools")
    func table() throws {
      let run = try TracedRun("numamove", ["0.02", "3"])
      let lines = try run.finish().lines
      #expect(lines.first == "TIME          NUMA_migrations NUMA_migrations_ms")
      #expect(lines.count == 4)
      for line in lines.dropFirst() {
        let fields = line.split(separator: " ")
        #expect(fields.count == 3 && fields[0].wholeMatch(of: /\d\d:\d\d:\d\d/) != nil)
      }
    }
  }
}
