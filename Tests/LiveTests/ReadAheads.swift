import Foundation
import Testing

extension Live {
  /// readahead counts the pages that are read ahead, and their age when they are used.
  @Suite struct ReadAheads {
    static let plans = Plan.offered("readahead")
    private static let pages = 64

    struct Counts: Equatable {
      var total = pages
      var unused = 0
      var dropped = 0
      var used = 0
    }

    /// Runs a workload under readahead. In an option `@` stands for its process.
    private func trace(
      _ plan: Plan, _ action: String, _ number: Int, more: [String] = [],
      options: [String] = ["--pid", "@"], on type: String = "ext4"
    ) throws -> [Row] {
      let disk = try MountedDisk(type)
      let workload = try Workload(
        ["ahead", "\(Self.pages)", action, "\(number)", disk.path + "/file"] + more)
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      let summary = try result.summary()
      #expect(summary["lost"] == 0 && summary["map_full"] == 0)
      return try result.rows()
    }

    private func counts(_ rows: [Row]) -> Counts {
      let last = rows.last
      return Counts(
        total: last?["total_pages"] ?? -1, unused: last?["unused_pages"] ?? -1,
        dropped: last?["dropped_pages"] ?? -1, used: rows.reduce(0) { $0 + ($1["count"] ?? 0) })
    }

    @Test("64 pages that are read ahead and not used are unused", arguments: plans)
    func unused(_ plan: Plan) throws {
      for type in MountedDisk.types {
        let rows = try trace(plan, "read", 0, on: type)
        #expect(counts(rows) == Counts(unused: 64), "\(type)")
      }
    }

    @Test("reads of 23 pages leave 41 unused", arguments: plans)
    func reads(_ plan: Plan) throws {
      for type in MountedDisk.types {
        let rows = try trace(plan, "read", 23, on: type)
        #expect(counts(rows) == Counts(unused: 41, used: 23), "\(type)")
        #expect(rows.allSatisfy { $0["unit"] == "msecs" })
      }
    }

    @Test("the histogram has the age at which a page is used", arguments: plans)
    func age(_ plan: Plan) throws {
      let rows = try trace(plan, "read", 23, more: ["100"])
      #expect(rows.count == 1 && rows[0].count(from: 64) == 23)
      #expect((rows.first?["min"] ?? 0) >= 100)
    }

    @Test("pages that a mapping shows are used, those around them too", arguments: plans)
    func maps(_ plan: Plan) throws {
      let counted = counts(try trace(plan, "map", 23))
      #expect(counted.total == 64 && counted.used >= 23 && counted.used + counted.unused == 64)
      // The kernel maps 64 KB around an address.
      #expect(counted.used <= 23 + 15, "\(counted)")
    }

    @Test("pages that are dropped from the page cache stay unused", arguments: plans)
    func dropped(_ plan: Plan) throws {
      let counted = counts(try trace(plan, "drop", 0))
      #expect(counted == Counts(unused: 64, dropped: 64))
    }

    @Test("a sequential reader uses each page that it reads", arguments: plans, MountedDisk.types)
    func sequence(_ plan: Plan, _ type: String) throws {
      for number in [23, 64] {
        let counted = counts(try trace(plan, "sequence", number, on: type))
        #expect(counted.used == number, "\(counted)")
        #expect(counted.total == counted.used + counted.unused && counted.total <= 64)
      }
    }

    @Test("filters count what is read ahead for a task, or keep it out", .alone, arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, isCounted) in [
        (["--pid", "1"], false), (["--comm", "workload"], true), (["--comm", "loadwork"], false),
        (["--tid", "@"], true), (["--pid", "@", "--uid", "65534"], false),
      ] {
        let counted = counts(try trace(plan, "read", 23, options: options))
        #expect(
          counted == (isCounted ? Counts(unused: 41, used: 23) : Counts(total: 0)), "\(options)")
      }
    }

    @Test("no interval loses a page or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let rows = try trace(
        plan, "read", 23, more: ["200"], options: ["--pid", "@", "-i", "0.05"])
      #expect(rows.count > 1 && counts(rows) == Counts(unused: 41, used: 23))
    }

    @Test("the table has the line of libbpf-tools, also where no page was used")
    func table() throws {
      for number in [23, 0] {
        let disk = try MountedDisk("ext4")
        let workload = try Workload("ahead", "64", "read", "\(number)", disk.path + "/file")
        let run = try TracedRun("readahead", ["--pid", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first == "Readahead unused/total pages: \(64 - number)/64", "\(lines)")
        #expect(number == 0 || lines[1].contains("msecs"), "\(lines)")
      }
    }
  }
}
