import Foundation
import Testing
import TraceKit

extension Live {
  /// cachestat counts what a process asks of the page cache, and what was not there.
  @Suite struct PageCache {
    static let plans = Plan.offered("cachestat")
    static let pages = 1009

    struct Counts: Equatable {
      var hits = 0
      var misses = 0
      var dirties = 0
    }

    /// Runs a workload under cachestat.
    private func count(
      _ plan: Plan, _ options: [String] = ["--pid", "@"], work: [String], pages: Int = pages,
      on type: String = "ext4", interval: String = "3600"
    ) throws -> Counts {
      let disk = try MountedDisk(type)
      let workload = try Workload(["pages"] + work + ["\(pages)", disk.path + "/file"])
      let named = options.map { $0 == "@" ? "\(workload.pid)" : $0 }
      let run = try plan.run(named + [interval])
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?)
      func sum(_ key: String) -> Int { rows.reduce(0) { $0 + ($1[key] ?? 0) } }
      return Counts(hits: sum("hits"), misses: sum("misses"), dirties: sum("dirties"))
    }

    /// Whether the kernel takes pages back that nobody has looked at for a while, though memory
    /// is not short (Documentation/admin-guide/mm/damon/usage.rst).
    private static let mayLosePages =
      File.contents(of: "/sys/kernel/mm/damon/admin/kdamonds/0/state") == "on\n"

    @Test("cold pages are misses and warm ones are hits", arguments: plans, MountedDisk.types)
    func reads(_ plan: Plan, _ type: String) throws {
      for action in ["read", "splice"] {
        // One page at a time, several, and all of a file that is at its end before.
        for step in ["1", "16", "2003"] {
          // 5.10 brings a page into the cache where a read is beyond the end.
          let behind = plan.hooks == "fentry:2" && step != "1" ? 1 : 0
          for options in [["--cold"], ["--cold", "--random"]] {
            let cold = try count(plan, work: options + [action, step], on: type)
            #expect(cold == Counts(misses: Self.pages + behind), "\(options) \(action) \(step)")
          }
          let expected = Counts(hits: Self.pages - behind, misses: behind)
          var warm = try count(plan, work: [action, step], on: type)
          for _ in 0..<2 where warm != expected && Self.mayLosePages {
            warm = try count(plan, work: [action, step], on: type)
          }
          #expect(warm == expected, "\(action) \(step)")
        }
      }
    }

    @Test("pages that are written over are dirtied, and neither hits nor misses", arguments: plans)
    func writes(_ plan: Plan) throws {
      for type in MountedDisk.types {
        for options in [[], ["--cold"]] {
          let counts = try count(plan, work: options + ["write", "1"], on: type)
          #expect(counts.dirties == Self.pages && counts.misses == 0, "\(type): \(counts)")
        }
      }
    }

    @Test("mapped pages are misses where they had to come", arguments: plans)
    func maps(_ plan: Plan) throws {
      let cold = try count(plan, work: ["--cold", "--random", "map", "1"])
      #expect(cold == Counts(misses: Self.pages))
      let warm = try count(plan, work: ["map", "1"])
      // The kernel maps sixteen pages of the cache at a time, and 5.10 does not tell.
      #expect(warm.misses == 0 && [0, 64].contains(warm.hits), "\(warm)")
    }

    @Test("filters count the tasks that ask and no others", .alone, arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, isCounted) in [
        (["--pid", "1"], false), (["--comm", "workload"], true), (["--comm", "loadwork"], false),
        (["--tid", "@"], true), (["--pid", "@", "--uid", "65534"], false),
      ] {
        for cold in [[], ["--cold"]] {
          let counts = try count(plan, options, work: cold + ["read", "1"])
          let expected = cold.isEmpty ? Counts(hits: Self.pages) : Counts(misses: Self.pages)
          #expect(counts == (isCounted ? expected : Counts()), "\(options)")
        }
      }
    }

    @Test("no interval loses a page, and their count ends the run", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let counts = try count(plan, work: ["--cold", "--random", "read", "1"], interval: "0.05")
      #expect(counts.misses == Self.pages)
      let rows = try plan.run(["0.2", "3"]).finish().rows()
      #expect(rows.count == 3)
    }

    @Test("the table has the columns of libbpf-tools, and the time with -T", arguments: plans)
    func table(_ plan: Plan) throws {
      let header = "HITS MISSES DIRTIES HITRATIO BUFFERS_MB CACHED_MB"
      for (options, heading) in [([], header), (["-T"], "TIME " + header)] {
        let run = try TracedRun(
          "cachestat", options + ["0.1", "2"], plan: plan.hooks
        ).finish()
        let lines = run.lines.map { $0.split(separator: " ") }
        #expect(lines.count == 3)
        #expect(lines.first?.joined(separator: " ") == heading)
        #expect(lines.dropFirst().allSatisfy { $0.count == lines[0].count })
        #expect(lines.dropFirst().allSatisfy { $0.contains { $0.hasSuffix("%") } })
      }
    }
  }
}
