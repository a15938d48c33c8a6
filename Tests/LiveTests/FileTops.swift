import Foundation
import Testing

extension Live {
  /// filetop adds up what threads read from files and write to them.
  @Suite struct FileTops {
    static let plans = Plan.offered("filetop")

    /// What was moved: reads, their bytes, writes and theirs.
    typealias Moved = [Int]

    /// Runs actions of the workload, each 23 times.
    ///
    /// - Returns: what was moved of each file, by its name.
    private func trace(
      _ plan: Plan, _ actions: [String], on type: String = "ext4", options: [String] = ["-p", "@"],
      interval: String = "3600"
    ) throws -> [String: Moved] {
      let disk = try MountedDisk(type)
      let workload = try Workload(["vfs", "23", disk.path] + actions)
      let named = options.map { $0 == "@mount" ? disk.path : $0 }
      let rows = try plan.rows(named + [interval], over: workload)
      #expect(rows.allSatisfy { $0["comm"] == "workload" && $0["tid"] == workload.pid })
      return Self.sums(rows)
    }

    static func sums(_ rows: [Row], by key: String = "file") -> [String: Moved] {
      rows.reduce(into: [:]) { sums, row in
        let moved = ["reads", "read_bytes", "writes", "write_bytes"].map { row[$0] ?? 0 }
        sums[row[key] ?? "-", default: [0, 0, 0, 0]].add(moved)
      }
    }

    @Test(
      "each read and write counts with the bytes that it moved", arguments: plans,
      MountedDisk.types + ["tmpfs"])
    func each(_ plan: Plan, _ type: String) throws {
      let reads = ["read", "pread", "readv", "preadv", "preadv2", "short"]
      let writes = ["write", "pwrite", "writev", "pwritev", "pwritev2"]
      let copies = ["sendfile", "copy_file_range", "splice"]
      #expect(
        try trace(plan, reads + ["end"] + writes + copies, on: type) == [
          "file": [10 * 23, 9 * 2300, 5 * 23, 5 * 2300], "other": [0, 0, 3 * 23, 3 * 2300],
        ])
    }

    @Test("what passes by the page cache counts", arguments: plans, MountedDisk.types)
    func direct(_ plan: Plan, _ type: String) throws {
      #expect(try trace(plan, ["direct"], on: type) == ["file": [23, 23 * 4096, 0, 0]])
    }

    @Test("calls that fail, and memory that a file is mapped to, do not count", arguments: plans)
    func failures(_ plan: Plan) throws {
      for options in [["-p", "@"], ["-p", "@", "-d", "@mount"]] {
        let actions = ["bad-read", "bad-address", "bad-write", "map", "fsync", "open"]
        #expect(try trace(plan, actions, options: options) == [:])
      }
    }

    @Test(
      "requests of io_uring count",
      .enabled(if: Accepts.namesRequests, "the kernel does not name completed requests"),
      arguments: plans)
    func requests(_ plan: Plan) throws {
      let actions = ["ring-read", "ring-readv", "ring-write", "ring-writev", "bad-ring-read"]
      #expect(try trace(plan, actions) == ["file": [46, 4600, 46, 4600]])
    }

    @Test("on overlayfs each counts once", arguments: plans)
    func overlay(_ plan: Plan) throws {
      let overlay = try Overlay()
      let workload = try Workload("vfs", "23", overlay.path, "read", "write")
      let rows = try plan.rows(["-p", "@", "3600"], over: workload)
      #expect(Self.sums(rows) == ["file": [23, 2300, 23, 2300]])
    }

    @Test("files that are not regular count with -a only", arguments: plans)
    func types(_ plan: Plan) throws {
      #expect(try trace(plan, ["pipe", "read"]) == ["file": [23, 2300, 0, 0]])
      let all = try trace(plan, ["pipe"], options: ["-a", "-p", "@"])
      // The workload reads the three bytes that tell it to go.
      #expect(all == ["-": [23 + 3, 2300 + 3, 23, 2300]])
    }

    @Test("reads alone, writes alone, and files of a directory alone", arguments: plans)
    func restrictions(_ plan: Plan) throws {
      let cases: [([String], Moved)] = [
        (["--read-only"], [23, 2300, 0, 0]), (["--write-only"], [0, 0, 23, 2300]),
        (["-d", "@mount"], [23, 2300, 23, 2300]), (["-d", "/tmp"], [23, 2300, 23, 2300]),
        (["-d", "/etc"], []), (["--comm", "workload"], [23, 2300, 23, 2300]),
        (["--comm", "loadwork"], []), (["--uid", "65534"], []),
      ]
      for (options, moved) in cases {
        let traced = try trace(plan, ["read", "write"], options: ["-p", "@"] + options)
        #expect(traced == (moved.isEmpty ? [:] : ["file": moved]), "\(options)")
      }
    }

    @Test("files of one name on two file systems are two", arguments: plans)
    func names(_ plan: Plan) throws {
      let disks = try [MountedDisk("ext4"), MountedDisk("ext4")]
      let workloads = try zip(disks, ["23", "7"]).map { disk, number in
        try Workload("vfs", number, disk.path, "read")
      }
      let run = try plan.run(["--comm", "workload", "-d", "/tmp", "--read-only", "3600"])
      for workload in workloads { try workload.run() }
      let rows = try run.stop().rows().filter { row in
        workloads.contains { $0.pid == row["pid"] }
      }
      #expect(rows.map { $0["reads"] ?? 0 } == [23, 7])
      #expect(rows.allSatisfy { $0["file"] == "file" && $0["file_type"] == "regular" })
      #expect(rows.first?["inode"] == rows.last?["inode"] as Int?)
      #expect(rows.first?["device"] != rows.last?["device"] as String?)
      for (row, disk) in zip(rows, disks) {
        var status = stat()
        #expect(stat(disk.path + "/file", &status) == 0)
        #expect(row["inode"] == Int(status.st_ino))
        #expect(row["device"] == "\(status.st_dev >> 8 & 0xfff):\(status.st_dev & 0xff)")
      }
    }

    @Test("no interval loses a call or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      #expect(
        try trace(plan, ["read", "write", "pread"], interval: "0.05")
          == ["file": [46, 4600, 23, 2300]])
      #expect(try plan.run(["0.2", "3"]).finish().end == .exited(0))
    }

    @Test("-s chooses which file is first, and -r leaves the rest out")
    func sorted() throws {
      for (order, isOther) in [("writes", true), ("wbytes", true), ("reads", false)] {
        let disk = try MountedDisk("tmpfs")
        let workload = try Workload("vfs", "23", disk.path, "read", "sendfile")
        let run = try TracedRun(
          "filetop", ["--json", "-s", order, "-r", "1", "-p", "\(workload.pid)", "3600"])
        try workload.run()
        let rows = try run.stop().rows()
        #expect(rows.map { $0["file"] } == [isOther ? "other" : "file"], "\(order)")
      }
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      let disk = try MountedDisk("tmpfs")
      let workload = try Workload("vfs", "23", disk.path, "read", "write")
      let run = try TracedRun("filetop", ["-p", "\(workload.pid)", "3600"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.count == 3 && lines[0].contains(" loadavg: "))
      let words = lines.dropFirst().map { $0.split(separator: " ").map(String.init) }
      #expect(words.first == ["TID", "COMM", "READS", "WRITES", "R_Kb", "W_Kb", "T", "FILE"])
      #expect(words.last == ["\(workload.pid)", "workload", "23", "23", "2", "2", "R", "file"])
    }
  }

  /// dirtop adds up the same by directories.
  @Suite struct DirectoryTops {
    static let plans = Plan.offered("dirtop")

    private func trace(
      _ plan: Plan, _ directories: String, _ works: [(number: String, path: String)],
      options: [String] = ["-p", "@"], during change: () throws -> Void = {}
    ) throws -> [String: [Int]] {
      let workloads = try works.map { try Workload("vfs", $0.number, $0.path, "write") }
      let pids = workloads.map { "\($0.pid)" }.joined(separator: ",")
      let run = try plan.run(
        ["--root-directories", directories, "3600"] + options.map { $0 == "@" ? pids : $0 })
      try change()
      for workload in workloads { try workload.run() }
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return FileTops.sums(try result.rows(), by: "path")
    }

    private static func moved(_ number: Int) -> [Int] { [0, 0, number, number * 100] }

    @Test("each directory has what is written in it and below", arguments: plans, MountedDisk.types)
    func trees(_ plan: Plan, _ type: String) throws {
      let disk = try MountedDisk(type)
      let (one, other, third) = (disk.path + "/one", disk.path + "/other", disk.path + "/third")
      for path in [one, other, third, one + "/a/b/c"] {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      }
      let works = [("23", one + "/a/b/c"), ("7", other), ("5", third), ("2", one)]
      #expect(
        try trace(plan, "\(one),\(other)", works) == [one: Self.moved(25), other: Self.moved(7)])
      // A pattern, and what is below another one that is listed counts for that.
      #expect(
        try trace(plan, "\(one)/a,\(disk.path)/o*", works)
          == [one: Self.moved(25), other: Self.moved(7)])
      // Through the mount, and by a directory that is renamed meanwhile.
      #expect(try trace(plan, "/tmp,\(one)", works) == ["/tmp": Self.moved(37)])
      let renamed = try trace(plan, third, works) {
        try FileManager.default.moveItem(atPath: third, toPath: disk.path + "/renamed")
      }
      #expect(renamed == [third: Self.moved(5)])
    }

    @Test("the same number in another file system is another directory", arguments: plans)
    func numbers(_ plan: Plan) throws {
      let disks = try [MountedDisk("ext4"), MountedDisk("ext4")]
      let works = [("23", disks[0].path), ("7", disks[1].path)]
      #expect(try trace(plan, disks[0].path, works) == [disks[0].path: Self.moved(23)])
    }

    @Test("subvolumes whose roots have the same number are told apart", arguments: plans)
    func subvolumes(_ plan: Plan) throws {
      let disk = try MountedDisk("btrfs")
      let paths = try ["one", "other"].map { try disk.makeSubvolume($0) }
      let works = [("23", paths[0]), ("7", paths[1])]
      #expect(try trace(plan, paths[1], works) == [paths[1]: Self.moved(7)])
      #expect(
        try trace(plan, paths.joined(separator: ","), works)
          == [paths[0]: Self.moved(23), paths[1]: Self.moved(7)])
    }

    @Test("filters keep other tasks out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let disk = try MountedDisk("ext4")
      for options in [["-p", "1"], ["-p", "@", "--comm", "loadwork"], ["--uid", "65534"]] {
        #expect(try trace(plan, disk.path, [("23", disk.path)], options: options) == [:])
      }
    }

    @Test("the table has the columns of bcc, the most first")
    func table() throws {
      let disk = try MountedDisk("tmpfs")
      let paths = ["one", "other"].map { disk.path + "/" + $0 }
      for path in paths {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      }
      let workloads = try zip(["7", "23"], paths).map { try Workload("vfs", $0, $1, "read") }
      let run = try TracedRun(
        "dirtop", ["--root-directories", disk.path + "/*", "--comm", "workload", "3600"])
      for workload in workloads { try workload.run() }
      let lines = try run.stop().lines.dropFirst()
      #expect(
        lines.map { $0.split(separator: " ").joined(separator: " ") } == [
          "READS WRITES R_Kb W_Kb PATH", "23 0 2 0 \(paths[1])", "7 0 0 0 \(paths[0])",
        ])
    }
  }
}

extension Plan {
  /// Runs the tool over a workload, for which "@" stands in the options, to a fine end at
  /// which nothing was lost or left out.
  func rows(_ options: [String], over workload: Workload) throws -> [Row] {
    let run = try run(options.map { $0 == "@" ? "\(workload.pid)" : $0 })
    try workload.run()
    let result = try run.stop(), summary = try result.summary()
    #expect(result.end == .exited(0), "\(result.errors)")
    #expect(result.leftInKernel == "")
    #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
    return try result.rows()
  }
}

extension [Int] {
  /// Adds other numbers to those at the same places.
  mutating func add(_ others: [Int]) {
    for (index, other) in others.enumerated() { self[index] += other }
  }
}

extension MountedDisk {
  /// A subvolume of btrfs, whose root has the same number as that of each other one.
  fileprivate func makeSubvolume(_ name: String) throws -> String {
    // struct btrfs_ioctl_vol_args
    var arguments = [UInt8](repeating: 0, count: 8) + Array(name.utf8)
    arguments += [UInt8](repeating: 0, count: 4096 - arguments.count)
    let directory = open(path, O_RDONLY)
    defer { close(directory) }
    guard ioctl(directory, 0x5000_940e, &arguments) == 0 else {
      throw LiveError("cannot make a subvolume: \(String(cString: strerror(errno)))")
    }
    return path + "/" + name
  }
}
