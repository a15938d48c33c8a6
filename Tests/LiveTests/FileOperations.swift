import Foundation
import Testing

extension Live {
  /// fsslower shows, and fsdist counts, what a process does with a file.
  @Suite struct FileOperations {
    static let slower = Plan.offered("fsslower")
    static let dist = Plan.offered("fsdist")
    static let types = MountedDisk.types + ["tmpfs"]
    static let actions = [
      "open", "read", "pread", "readv", "write", "pwrite", "writev", "fsync", "fdatasync", "fstat",
    ]
    /// How many of the actions are which operation.
    static let operations = ["read": 3, "write": 3, "open": 1, "fsync": 2, "getattr": 1]
    static let number = 23

    /// Runs a workload of files on a file system under a tool.
    private func trace(
      _ plan: Plan, _ options: [String], on type: String, actions: [String] = actions
    ) throws -> [Row] {
      let disk = try MountedDisk(type)
      let workload = try Workload(
        ["files", "\(Self.number)", disk.path + "/a file"] + actions)
      let run = try plan.run(options.map { $0 == "@" ? "\(workload.pid)" : $0 })
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return try result.rows()
    }

    @Test(
      "each operation is shown with its file, its bytes and its place", arguments: slower, types)
    func rows(_ plan: Plan, _ type: String) throws {
      let all = try trace(plan, ["-m", "0", "-p", "@", "-t", type], on: type)
      for (operation, times) in Self.operations {
        let rows = all.filter { $0["operation"] == operation }
        #expect(rows.count == times * Self.number, "\(operation)")
        #expect(rows.allSatisfy { $0["file"] == "a file" && $0["filesystem"] == type })
        let moves = operation == "read" || operation == "write"
        #expect(rows.allSatisfy { $0["bytes"] == (moves ? 4096 : 0) }, "\(operation)")
        guard moves else { continue }
        let places = (0..<times * Self.number).map { $0 % Self.number % 16 * 4096 }
        #expect(rows.map { $0["offset_bytes"] } == places, "\(operation)")
      }
      #expect(all.count == 10 * Self.number)
    }

    @Test("each operation has a distribution of its own", arguments: dist, types)
    func distributions(_ plan: Plan, _ type: String) throws {
      let rows = try trace(plan, ["-p", "@", "-t", type], on: type)
      let counts = rows.map { ($0["operation"] as String? ?? "", $0["count"] as Int? ?? 0) }
      #expect(
        Dictionary(uniqueKeysWithValues: counts)
          == Self.operations.mapValues { $0 * Self.number })
      #expect(counts.map(\.0) == ["read", "write", "open", "fsync", "getattr"])
    }

    @Test("other file systems and other tasks are kept out", arguments: slower)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Bool)] = [
        (["-t", "xfs"], false), (["-t", "xfs", "-t", "ext4"], true), ([], true),
        (["--comm", "loadwork"], false), (["--comm", "workload"], true),
        (["--uid", "65534"], false),
      ]
      for (options, isShown) in cases {
        let rows = try trace(plan, ["-m", "0", "-p", "@"] + options, on: "ext4")
        #expect(rows.count == (isShown ? 10 * Self.number : 0), "\(options)")
      }
    }

    @Test("fsdist keeps other file systems and tasks out too", arguments: dist)
    func distributionFilters(_ plan: Plan) throws {
      for options in [["-p", "@", "-t", "xfs"], ["-p", "1", "-t", "ext4"]] {
        #expect(try trace(plan, options, on: "ext4").isEmpty, "\(options)")
      }
    }

    @Test("of a write that waits for a frozen file system the time is shown", arguments: slower)
    func slowWrite(_ plan: Plan) throws {
      for (least, isShown) in [("100", true), ("60000", false)] {
        let disk = try MountedDisk("ext4")
        let workload = try Workload(
          "files", "\(Self.number)", disk.path + "/file", "pwrite", "pread")
        let run = try plan.run(["-m", least, "-p", "\(workload.pid)"])
        try disk.run(delaying: workload)
        let rows = try run.stop().rows()
        // An emulated machine may take its time for another one.
        #expect(rows.isEmpty != isShown, "\(least)")
        guard isShown else { continue }
        #expect(rows.first?["operation"] == "write" && rows.first?["offset_bytes"] == 0)
        #expect((rows.first?["latency_us"] ?? 0) >= 200_000)
      }
    }

    @Test("called by a file system's name, they trace that one", arguments: ["dist", "slower"])
    func aliases(_ kind: String) throws {
      let folder = URL(filePath: Executable.path("fs" + kind)).deletingLastPathComponent().path
      for (type, isShown) in [("ext4", true), ("xfs", false)] {
        let link = "\(folder)/\(type)\(kind)"
        try? FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(
          atPath: link, withDestinationPath: "fs" + kind)
        defer { try? FileManager.default.removeItem(atPath: link) }
        let disk = try MountedDisk("ext4")
        let workload = try Workload("files", "23", disk.path + "/file", "pread")
        let options = ["--json", "-p", "\(workload.pid)"] + (kind == "slower" ? ["0"] : [])
        let run = try TracedRun(type + kind, options)
        try workload.run()
        #expect(try run.stop().rows().isEmpty != isShown)
        let refused = try Subprocess([link, "-t", "nfs", "--duration", "1"])
        #expect(try refused.wait() == .exited(64))
        #expect(refused.errors.text.hasPrefix("\(type)\(kind): --type: "))
      }
    }

    @Test("the table has the columns of libbpf-tools", arguments: slower)
    func table(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let workload = try Workload("files", "23", disk.path + "/file", "pread")
      let run = try TracedRun(
        "fsslower", ["-m", "0", "-p", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ") }
      #expect(
        lines.first == ["TIME", "COMM", "PID", "T", "BYTES", "OFF_KB", "LAT(ms)", "FILENAME"])
      #expect(lines.count == 24)
      #expect(lines.dropFirst().map { $0[5] } == (0..<23).map { "\($0 % 16 * 4)" })
      #expect(lines.dropFirst().allSatisfy { $0[3] == "R" && $0[4] == "4096" && $0[7] == "file" })
    }
  }
}
