import Foundation
import Testing
import TraceKit

extension Live {
  /// slabratetop counts the objects that a process makes the kernel allocate, by cache.
  @Suite struct SlabRates {
    static let plans = Plan.offered("slabratetop")

    /// Runs a workload. In an option `@` stands for its process.
    private func rows(
      _ plan: Plan, _ work: [String], _ options: [String] = ["-p", "@"], interval: String = "3600"
    ) throws -> [Row] {
      let more = ["--columns", "+size,+object_size,+users", interval]
      return try plan.rows(options + more, over: Workload(work))
    }

    /// How many objects of a cache were allocated.
    private func count(_ cache: String, in rows: [Row]) -> Int {
      rows.filter { $0["cache"] == cache }.reduce(0) { $0 + ($1["allocations"] ?? 0) }
    }

    private static let opens = ["opens", "23", "openat", "/etc/passwd", "0", "0"]

    @Test("each object counts with the size that the kernel's own files say", arguments: plans)
    func files(_ plan: Plan) throws {
      let rows = try rows(plan, Self.opens)
      let files = rows.filter { $0["cache"] == "filp" }
      #expect(files.map { $0["allocations"] } == [23])
      #expect(Set(rows.compactMap { $0["cache"] as String? }).count == rows.count)
      for row in rows {
        let name: String = row["cache"] ?? ""
        let size = number(of: name, "slab_size"), allocations: Int = row["allocations"] ?? 0
        #expect(size > 0 && row["size"] == size, "\(row)")
        #expect(row["bytes"] == allocations * size, "\(row)")
        #expect(row["object_size"] == number(of: name, "object_size"), "\(row)")
        #expect(row["users"] == number(of: name, "aliases") + 1, "\(row)")
      }
    }

    /// What /sys says of a cache.
    private func number(of cache: String, _ name: String) -> Int {
      let text = File.contents(of: "/sys/kernel/slab/\(cache)/\(name)") ?? ""
      return Int(text.prefix { $0.isNumber }) ?? -1
    }

    /// Where /sys has a cache, which is the same for those that were merged.
    private func place(of cache: String) -> String {
      URL(filePath: "/sys/kernel/slab/\(cache)").resolvingSymlinksInPath().path
    }

    // Since 5.18 these have a function of their own.
    @Test("names that are new to the cache of names count", arguments: plans)
    func names(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      #expect(count("dentry", in: try rows(plan, ["missing", "23", disk.path])) == 23)
    }

    @Test("what is allocated on a node counts", arguments: plans)
    func tasks(_ plan: Plan) throws {
      let rows = try rows(plan, ["execs", "23", "execve", "/bin/true", "true"])
      #expect(count("task_struct", in: rows) == 23)
    }

    @Test(
      "what is allocated in bulk counts, but where there are tracepoints alone",
      .enabled(if: Accepts.namesRequests, "the kernel does not name completed requests"),
      arguments: plans)
    func bulk(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let rows = try rows(plan, ["vfs", "23", disk.path, "ring-read"])
      // Some kernels have merged their cache with others, and show the first one's name.
      let requests = rows.filter { place(of: $0["cache"] ?? "") == place(of: "io_kiocb") }
        .reduce(0) { $0 + ($1["allocations"] ?? 0) }
      #expect(plan.hooks.contains("_") ? requests == 0 : requests >= 8, "\(rows)")
    }

    @Test("filters let the process that asks pass and no others", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, number) in [
        (["-p", "1"], 0), (["-p", "@", "--comm", "workload"], 23), (["--tid", "@"], 23),
        (["-p", "@", "--comm", "loadwork"], 0), (["-p", "@", "--uid", "65534"], 0),
      ] {
        #expect(count("filp", in: try rows(plan, Self.opens, options)) == number, "\(options)")
      }
    }

    @Test("no interval loses an object or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let work = ["opens", "--rate", "2000", "1009", "openat", "/etc/passwd", "0", "0"]
      #expect(count("filp", in: try rows(plan, work, interval: "0.05")) == 1009)
    }

    @Test("-s chooses which cache is first, and -r leaves the rest out", arguments: plans)
    func sorted(_ plan: Plan) throws {
      let all = try rows(plan, Self.opens)
      func sizes(_ key: String) -> [Int] { all.map { $0[key] ?? 0 } }
      #expect(sizes("bytes") == sizes("bytes").sorted(by: >))
      for (order, key) in [("size", "bytes"), ("count", "allocations")] {
        let workload = try Workload(Self.opens)
        let first = try plan.trace(
          workload, ["-p", "@", "-s", order, "-r", "1", "3600"], naming: ["@": "\(workload.pid)"]
        ).rows()
        #expect(first.count == 1 && first[0][key] == sizes(key).max(), "\(order): \(first)")
      }
      let names = try rows(plan, Self.opens, ["-p", "@", "-s", "name"]).map { $0["cache"] ?? "" }
      #expect(names == names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    }

    @Test("the table has the columns of libbpf-tools", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload(Self.opens)
      let run = try TracedRun("slabratetop", ["-p", "\(workload.pid)", "3600"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.count > 2 && lines[0].contains(" loadavg: "))
      #expect(lines.allSatisfy { $0.utf8.count <= 80 })
      #expect(lines[1].split(separator: " ") == ["CACHE", "ALLOCS", "BYTES"])
      #expect(lines.contains { $0.hasPrefix("filp ") && $0.contains(" 23 ") })
    }
  }
}
