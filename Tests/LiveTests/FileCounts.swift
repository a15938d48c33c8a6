import Foundation
import Testing

extension Live {
  /// vfsstat counts what a process does with files.
  @Suite struct FileCounts {
    static let plans = Plan.offered("vfsstat")
    static let keys = [
      "reads", "writes", "fsyncs", "opens", "creates", "unlinks", "mkdirs", "rmdirs",
    ]
    /// The workload reads the three bytes that tell it to go.
    static let told = 3

    /// Runs actions of the workload, each 23 times.
    ///
    /// - Returns: what was counted beyond the reads of the start, without what is 0.
    private func count(
      _ plan: Plan, _ actions: [String], on type: String = "ext4", options: [String] = ["-p", "@"],
      told: Int = told, interval: String = "3600"
    ) throws -> [String: Int] {
      let disk = try MountedDisk(type)
      let workload = try Workload(["vfs", "23", disk.path] + actions)
      let rows = try plan.rows(options + [interval], over: workload)
      var sums = Dictionary(
        uniqueKeysWithValues: Self.keys.map { key in
          (key, rows.reduce(0) { $0 + ($1[key] ?? 0) })
        })
      sums["reads"]! -= told
      return sums.filter { $0.value != 0 }
    }

    @Test(
      "each operation is counted as often as it happened", arguments: plans,
      MountedDisk.types + ["tmpfs"])
    func each(_ plan: Plan, _ type: String) throws {
      let actions = [
        "read", "pread", "readv", "preadv", "preadv2", "end", "short",
        "write", "pwrite", "writev", "pwritev", "pwritev2", "fsync", "fdatasync",
        "open", "openat2", "again", "create", "unlink", "creat", "unlinkat",
        "mkdir", "rmdir", "mkdirat", "rmdirat", "pipe",
      ]
      #expect(
        try count(plan, actions, on: type) == [
          "reads": 8 * 23, "writes": 6 * 23, "fsyncs": 2 * 23, "opens": 5 * 23, "creates": 2 * 23,
          "unlinks": 2 * 23, "mkdirs": 2 * 23, "rmdirs": 2 * 23,
        ])
    }

    @Test("an open that makes no file with a name is no creation", arguments: plans)
    func creations(_ plan: Plan) throws {
      #expect(try count(plan, ["again", "tmpfile"]) == ["opens": 2 * 23])
    }

    @Test("calls that fail are not counted", arguments: plans)
    func failures(_ plan: Plan) throws {
      let actions = [
        "bad-read", "bad-address", "bad-write", "bad-fsync", "bad-open", "bad-create",
        "bad-unlink", "bad-mkdir", "bad-rmdir",
      ]
      #expect(try count(plan, actions) == [:])
    }

    @Test("memory that a file is mapped to, and copies, are no calls", arguments: plans)
    func others(_ plan: Plan) throws {
      #expect(try count(plan, ["map", "sendfile", "copy_file_range", "splice"]) == [:])
    }

    @Test(
      "requests of io_uring are counted",
      .enabled(if: Accepts.namesRequests, "the kernel does not name completed requests"),
      arguments: plans)
    func requests(_ plan: Plan) throws {
      let actions = [
        "ring-read", "ring-readv", "ring-write", "ring-writev", "ring-fsync", "ring-open",
        "ring-create", "ring-unlink", "ring-mkdir", "ring-rmdir", "bad-ring-read",
      ]
      #expect(
        try count(plan, actions) == [
          "reads": 46, "writes": 46, "fsyncs": 23, "opens": 46, "creates": 23, "unlinks": 23,
          "mkdirs": 23, "rmdirs": 23,
        ])
    }

    @Test("on overlayfs each counts once", arguments: plans)
    func overlay(_ plan: Plan) throws {
      let overlay = try Overlay()
      let workload = try Workload(
        "vfs", "23", overlay.path, "read", "write", "fsync", "open", "create", "unlink", "mkdir",
        "rmdir")
      let rows = try plan.rows(["-p", "@", "3600"], over: workload)
      #expect(
        rows.map { row in Self.keys.map { row[$0] ?? 0 } } == [
          [23 + Self.told, 23, 23, 46, 23, 23, 23, 23]
        ])
    }

    @Test("filters count the tasks that call and no others", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, isCounted) in [
        (["-p", "1"], false), (["-p", "@", "--comm", "workload"], true),
        (["-p", "@", "--comm", "loadwork"], false), (["--tid", "@"], true),
        (["-p", "@", "--uid", "65534"], false),
      ] {
        let counted = try count(
          plan, ["write", "mkdir"], options: options, told: isCounted ? Self.told : 0)
        let expected = isCounted ? ["writes": 23, "mkdirs": 23] : [:]
        // Process 1 may do something of its own.
        if options != ["-p", "1"] { #expect(counted == expected, "\(options)") }
        #expect((counted["mkdirs"] != nil) == isCounted)
      }
    }

    @Test("no interval loses a call, and their count ends the run", arguments: plans)
    func intervals(_ plan: Plan) throws {
      #expect(try count(plan, ["write", "read"], interval: "0.05") == ["reads": 23, "writes": 23])
      #expect(try plan.run(["0.2", "3"]).finish().rows().count == 3)
    }

    @Test("the table has the columns of libbpf-tools, and each is per second")
    func table() throws {
      let disk = try MountedDisk("tmpfs")
      let workload = try Workload("vfs", "5000", disk.path, "write")
      let run = try TracedRun("vfsstat", ["-p", "\(workload.pid)", "2", "1"])
      try workload.run()
      let lines = try run.finish().lines.map { $0.split(separator: " ") }
      #expect(
        lines.first == [
          "TIME", "READ/s", "WRITE/s", "FSYNC/s", "OPEN/s", "CREATE/s", "UNLINK/s", "MKDIR/s",
          "RMDIR/s",
        ])
      #expect(lines.count == 2)
      // The interval may be longer where others run too.
      let rate = Int(lines.last?[2] ?? "") ?? 0
      #expect(rate > 0 && rate <= 2500)
    }
  }
}

/// An overlay of two directories of a file system in memory, mounted where nobody else looks.
final class Overlay {
  let path: String
  private let layers: MountedDisk

  /// - Parameter files: empty ones of the lower directory.
  init(above files: [String] = []) throws {
    layers = try MountedDisk("tmpfs")
    for name in ["lower", "upper", "work", "merged"] {
      try FileManager.default.createDirectory(
        atPath: layers.path + "/" + name, withIntermediateDirectories: false)
    }
    for name in files {
      FileManager.default.createFile(atPath: layers.path + "/lower/" + name, contents: nil)
    }
    path = layers.path + "/merged"
    let parts = ["lowerdir=": "lower", "upperdir=": "upper", "workdir=": "work"]
    let options = parts.map { "\($0.key)\(layers.path)/\($0.value)" }.joined(separator: ",")
    guard mount("overlay", path, "overlay", 0, options) == 0 else {
      throw LiveError("cannot mount an overlay: \(String(cString: strerror(errno)))")
    }
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }
}
