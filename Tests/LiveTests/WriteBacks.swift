import Foundation
import Testing

extension Live {
  /// writesnoop shows who dirties a file, and what its disk is given.
  @Suite struct WriteBacks {
    static let plans = Plan.offered("writesnoop")
    private static let pages = 23
    private static let bytes = pages * 4096

    /// Runs a workload over a file of its own, and has all of it written back.
    ///
    /// In an option `@pid` stands for its process and `@disk` for its disk.
    private func trace(
      _ plan: Plan, _ options: [String] = ["-d", "@disk"], work: [String], on type: String = "ext4"
    ) throws -> (rows: [Row], pid: Int, disk: String) {
      let disk = try MountedDisk(type)
      let name = disk.disk?.name ?? "none"
      let workload = try Workload(
        ["pages"] + work + ["1", "\(Self.pages)", disk.path + "/file"])
      let named = options.map {
        $0.replacingOccurrences(of: "@pid", with: "\(workload.pid)")
          .replacingOccurrences(of: "@disk", with: name)
      }
      let run = try plan.run(named + ["3600"])
      try workload.run()
      try disk.freeze()
      try disk.thaw()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload.pid, name)
    }

    @Test(
      "23 pages that are dirtied, also through a mapping, are those of their process and file",
      arguments: plans, MountedDisk.types)
    func dirtied(_ plan: Plan, _ type: String) throws {
      for action in ["write", "store"] {
        let (rows, pid, disk) = try trace(plan, ["-p", "@pid"], work: [action], on: type)
        let files = rows.filter { $0["path"] == "/file" }
        #expect(files.count == 1, "\(type) \(action): \(rows)")
        for row in files {
          #expect(row["pid"] == pid && row["comm"] == "workload" && row["uid"] == 0)
          #expect(row["dirtied_pages"] == Self.pages, "\(type) \(action)")
          #expect(row["dirtied_bytes"] == Self.bytes && row["device"] == disk)
          #expect((row["inode"] ?? 0) > 0 && row["written_bytes"] as Int? == nil)
        }
      }
    }

    @Test("pages of tmpfs are not written back and not shown", arguments: plans)
    func inMemory(_ plan: Plan) throws {
      let memory = try MountedDisk("tmpfs")
      let workload = try Workload("pages", "write", "1", "23", memory.path + "/file")
      let result = try plan.trace(workload, ["-p", "@"], naming: ["@": "\(workload.pid)"])
      #expect(try result.rows().filter { $0["pid"] == workload.pid }.isEmpty)
    }

    @Test("direct I/O dirties nothing, and is written", arguments: plans)
    func direct(_ plan: Plan) throws {
      let (rows, _, disk) = try trace(plan, work: ["direct"])
      #expect(!rows.contains { $0["path"] == "/file" }, "\(rows)")
      let row = try #require(rows.first { $0["pid"] as Int? == nil && $0["device"] == disk })
      #expect((row["written_bytes"] ?? 0) >= Self.bytes)
      // The flusher may write metadata, but not the file.
      #expect((row["written_bytes"] ?? 0) - (row["flushed_bytes"] ?? 0) >= Self.bytes)
    }

    @Test("a disk has what its files are dirtied and what the kernel writes back", arguments: plans)
    func disks(_ plan: Plan) throws {
      let (rows, _, disk) = try trace(plan, work: ["write"])
      let row = try #require(rows.first)
      #expect(row["device"] == disk && row["disk"] == disk && row["pid"] as Int? == nil)
      let files = rows.filter { $0["pid"] as Int? != nil }
      #expect(
        row["dirtied_pages"] == files.reduce(0) { $0 + ($1["dirtied_pages"] ?? 0) }, "\(rows)")
      #expect((row["dirtied_bytes"] ?? 0) >= Self.bytes)
      #expect((row["flushed_bytes"] ?? 0) >= Self.bytes)
    }

    @Test("what is written is what the disk itself counts", arguments: plans)
    func referee(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let loop = try #require(disk.disk)
      let workload = try Workload("pages", "write", "1", "503", disk.path + "/file")
      // Nothing else is written while the tool attaches.
      try disk.freeze()
      let run = try plan.run(["-d", loop.name, "3600"])
      let before = try Self.written(loop.name)
      try disk.thaw()
      try workload.run()
      try disk.freeze()
      let after = try Self.written(loop.name)
      let rows = try run.stop().rows()
      try disk.thaw()
      let row = try #require(rows.first { $0["pid"] as Int? == nil })
      #expect(row["written_bytes"] == after - before)
    }

    /// The bytes that a disk was written.
    private static func written(_ disk: String) throws -> Int {
      let text = try String(contentsOfFile: "/sys/block/\(disk)/stat", encoding: .utf8)
      let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      return numbers[6] * 512
    }

    @Test("filters let a file through, or keep it out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let other = try LoopDisk()
      for (options, isShown) in [
        (["-p", "@pid"], true), (["-p", "1"], false), (["--comm", "workload"], true),
        (["--comm", "kworker*"], false), (["--uid", "65534"], false), (["-d", "@disk"], true),
        (["-d", other.name], false),
      ] {
        let (rows, pid, _) = try trace(plan, options, work: ["write"])
        let mine = rows.filter { $0["pid"] == pid && $0["path"] == "/file" }
        #expect(mine.count == (isShown ? 1 : 0), "\(options): \(rows)")
      }
    }

    @Test("a file below others has its path, and of a long one the end", arguments: plans)
    func paths(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let long = String(repeating: "d", count: 100)
      for (directory, shown) in [
        ("/a/b", "/a/b/c"),
        ("/" + [long, long, long].joined(separator: "/"), ".../\(long)/\(long)/c"),
      ] {
        try FileManager.default.createDirectory(
          atPath: disk.path + directory, withIntermediateDirectories: true)
        let workload = try Workload("pages", "write", "1", "23", disk.path + directory + "/c")
        let result = try plan.trace(workload, ["-p", "@"], naming: ["@": "\(workload.pid)"])
        let mine = try result.rows().filter { $0["dirtied_pages"] == Self.pages }
        #expect(mine.contains { $0["path"] == shown }, "\(mine)")
      }
    }

    @Test("of a file in an overlay, that in the upper layer is shown, once", arguments: plans)
    func overlay(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      for name in ["lower", "upper", "work", "merged"] {
        try FileManager.default.createDirectory(
          atPath: disk.path + "/" + name, withIntermediateDirectories: false)
      }
      let merged = disk.path + "/merged"
      let layers = ["lower", "upper", "work"].map { "\($0)dir=\(disk.path)/\($0)" }
      // A kernel may lack the module.
      guard mount("overlay", merged, "overlay", 0, layers.joined(separator: ",")) == 0 else {
        return #expect(errno == ENODEV)
      }
      defer { umount2(merged, Int32(MNT_DETACH)) }
      let workload = try Workload("pages", "write", "1", "23", merged + "/file")
      let result = try plan.trace(workload, ["-p", "@"], naming: ["@": "\(workload.pid)"])
      let mine = try result.rows().filter { $0["pid"] == workload.pid }
      let paths = mine.compactMap { $0["path"] as String? }
      #expect(paths == ["/upper/file"], "\(mine)")
      #expect(mine.contains { $0["dirtied_pages"] == Self.pages })
    }

    @Test("a name cannot write to the terminal or break a record")
    func hostile() throws {
      let name = "a\u{1b}[31m\n\"b"
      let disk = try MountedDisk("ext4")
      let workload = try Workload("pages", "write", "1", "23", disk.path + "/" + name)
      let runs = try [["--json"], []].map {
        try TracedRun("writesnoop", $0 + ["-p", "\(workload.pid)"])
      }
      try workload.run()
      let results = try runs.map { try $0.stop() }
      #expect(try results[0].rows().contains { $0["path"] == "/" + name })
      #expect(!results[1].text.contains("\u{1b}") && results[1].text.contains("\\x1b[31m"))
    }

    @Test("no interval loses a page or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      let workload = try Workload("pages", "write", "1", "1009", disk.path + "/file")
      let result = try plan.trace(
        workload, ["-p", "@", "0.05"], naming: ["@": "\(workload.pid)"])
      let mine = try result.rows().filter { $0["path"] == "/file" }
      #expect(mine.reduce(0) { $0 + ($1["dirtied_pages"] ?? 0) } == 1009)
    }

    @Test("the table has the disks and then the files")
    func table() throws {
      let disk = try MountedDisk("ext4")
      let loop = try #require(disk.disk)
      let workload = try Workload("pages", "write", "1", "23", disk.path + "/file")
      let run = try TracedRun("writesnoop", ["-d", loop.name, "-p", "\(workload.pid)", "3600"])
      try workload.run()
      let lines = try run.stop().lines.map {
        $0.split(separator: " ").joined(separator: " ")
      }
      #expect(lines.count >= 5)
      #expect(lines[1] == "DEV DIRTIED_KB WRITTEN_KB FLUSHED_KB")
      #expect(lines[2].hasPrefix(loop.name + " "))
      #expect(lines[3] == "PID COMM DEV DIRTIED_KB FILE")
      #expect(lines[4] == "\(workload.pid) workload \(loop.name) 92 /file")
    }
  }
}
