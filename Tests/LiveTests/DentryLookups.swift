import Foundation
import Testing

extension Live {
  /// dcstat counts, and dcsnoop shows, what a process looks up in the dentry cache.
  @Suite struct DentryLookups {
    static let stat = Plan.offered("dcstat")
    static let snoop = Plan.offered("dcsnoop")
    static let types = MountedDisk.types + ["tmpfs"]

    private func trace(_ plan: Plan, _ options: [String], _ workload: [String]) throws -> [Row] {
      let workload = try Workload(workload)
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      #expect(try result.summary()["lost"] == 0)
      return try result.rows()
    }

    private func counts(_ plan: Plan, _ workload: [String]) throws -> [Int] {
      let rows = try trace(plan, ["--pid", "@", "3600"], workload)
      #expect(rows.count == 1)
      return ["references", "slow", "misses"].map { rows.first?[$0] ?? -1 }
    }

    @Test("23 stats of missing names are 23 misses, on each file system", arguments: stat, types)
    func misses(_ plan: Plan, _ type: String) throws {
      let disk = try MountedDisk(type)
      let numbers = try counts(plan, ["missing", "23", disk.path])
      #expect(numbers[1] >= 23 && numbers[2] == 23)
      #expect(numbers[0] >= numbers[1])
    }

    @Test("what is asked again is in the cache, where the file system keeps it", arguments: stat)
    func again(_ plan: Plan) throws {
      for (type, misses) in [("ext4", 23), ("tmpfs", 46)] {
        let disk = try MountedDisk(type)
        let numbers = try counts(plan, ["missing", "--again", "23", disk.path])
        #expect(numbers[0] >= 46 && numbers[2] == misses, "\(type): \(numbers)")
      }
    }

    @Test("names that are there are no misses", arguments: stat)
    func hits(_ plan: Plan) throws {
      let numbers = try counts(plan, ["stats", "1000", "stat", "/etc/passwd"])
      // Two names each.
      #expect(numbers[0] >= 2000 && numbers[0] < 2100)
      #expect(numbers[2] < 10)
    }

    @Test("the misses are shown with their names and no others", arguments: snoop, types)
    func names(_ plan: Plan, _ type: String) throws {
      let disk = try MountedDisk(type)
      let workload = try Workload("missing", "23", disk.path)
      let rows = try plan.trace(workload, ["-p", "@"], naming: ["@": "\(workload.pid)"]).rows()
      #expect(
        rows.map { $0["file"] ?? "?" } == (0..<23).map { "missing-\(workload.pid)-\($0)" })
      #expect(rows.allSatisfy { $0["kind"] == "miss" && $0["comm"] == "workload" })
      #expect(rows.allSatisfy { $0["pid"] == workload.pid })
    }

    @Test("-a shows each name that is looked up", arguments: snoop)
    func all(_ plan: Plan) throws {
      let rows = try trace(plan, ["-a", "-p", "@"], ["stats", "23", "stat", "/etc/passwd"])
      for name in ["etc", "passwd"] {
        let count = rows.count { $0["file"] == name && $0["kind"] == "reference" }
        // One more to prepare itself.
        #expect((23...24).contains(count), "\(name): \(count)")
      }
    }

    @Test("a name of 255 bytes is shown whole", arguments: snoop)
    func longest(_ plan: Plan) throws {
      let name = String(repeating: "n", count: 255)
      let disk = try MountedDisk("ext4")
      let rows = try trace(plan, ["-p", "@"], ["stats", "1", "stat", disk.path + "/" + name])
      #expect(rows.map { $0["file"] ?? "?" }.allSatisfy { $0 == name })
    }

    @Test("other tasks are kept out", arguments: snoop)
    func filters(_ plan: Plan) throws {
      let disk = try MountedDisk("tmpfs")
      for (options, isShown) in [
        (["--comm", "workload"], true), (["--comm", "work"], false), (["--uid", "65534"], false),
      ] {
        let rows = try trace(plan, ["-p", "@"] + options, ["missing", "23", disk.path])
        #expect(rows.count == (isShown ? 23 : 0), "\(options)")
      }
    }

    @Test("the tables have the columns of bcc", arguments: snoop)
    func tables(_ plan: Plan) throws {
      let disk = try MountedDisk("tmpfs")
      for (tool, options, expected) in [
        ("dcsnoop", [], ["TIME(s)", "PID", "COMM", "T", "FILE"]),
        ("dcstat", ["3600"], ["TIME", "REFS/s", "SLOW/s", "MISS/s", "HIT%"]),
      ] {
        let workload = try Workload("missing", "23", disk.path)
        let run = try TracedRun(tool, ["--pid", "\(workload.pid)"] + options)
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == expected)
        #expect(lines.count == (tool == "dcsnoop" ? 24 : 2))
      }
    }

    @Test("where the kernel refuses to trace its functions, one sentence says so")
    func refused() throws {
      guard Self.snoop.isEmpty else { return }
      for tool in ["dcsnoop", "dcstat"] {
        let process = try TracedRun.startOrEnd(tool, [])
        #expect(try process.wait() == .exited(69))
        let lines = process.errors.text.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("does not offer what"), "\(lines)")
        #expect(process.output.data.isEmpty)
      }
    }
  }
}
