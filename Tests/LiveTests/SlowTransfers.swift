import Foundation
import Testing

extension Live {
  /// fileslower shows reads and writes that take long.
  @Suite struct SlowTransfers {
    static let plans = Plan.offered("fileslower")

    private func trace(
      _ plan: Plan, _ actions: [String], on type: String = "ext4",
      options: [String] = ["0", "-p", "@"]
    ) throws -> [Row] {
      let disk = try MountedDisk(type)
      let workload = try Workload(["vfs", "23", disk.path] + actions)
      let rows = try plan.rows(options, over: workload)
      #expect(rows.allSatisfy { $0["comm"] == "workload" && $0["tid"] == workload.pid })
      return rows
    }

    @Test(
      "each call is shown with its file and the bytes that it moved", arguments: plans,
      MountedDisk.types + ["tmpfs"])
    func each(_ plan: Plan, _ type: String) throws {
      let reads = ["read", "pread", "readv", "preadv", "preadv2", "short"]
      let writes = ["write", "pwrite", "writev", "pwritev", "pwritev2"]
      let rows = try trace(plan, reads + writes, on: type)
      let expected = reads.map { _ in "read" } + writes.map { _ in "write" }
      #expect(
        rows.map { $0["operation"] } == expected.flatMap { Array(repeating: $0, count: 23) })
      #expect(
        rows.allSatisfy {
          $0["bytes"] == 100 && $0["file"] == "file" && $0["file_type"] == "regular"
            && $0.values["error"] is NSNull && $0.number("elapsed_s") >= 0
        })
    }

    @Test("a call that fails is shown with its error", arguments: plans)
    func failures(_ plan: Plan) throws {
      let rows = try trace(plan, ["bad-write", "bad-address", "bad-read"])
      // Without a file there is nothing to show.
      #expect(rows.count == 46)
      #expect(rows.map { $0["error"] } == (0..<46).map { $0 < 23 ? "EBADF" : "EFAULT" })
      #expect(rows.allSatisfy { $0["bytes"] == 0 })
    }

    @Test("other calls and other files are not shown, but pipes with -a", arguments: plans)
    func types(_ plan: Plan) throws {
      let actions = ["pipe", "map", "fsync", "open", "sendfile"]
      #expect(try trace(plan, actions).isEmpty)
      let rows = try trace(plan, actions, options: ["-a", "0", "-p", "@"])
      // Of the three bytes that told it to go, it waited for the first one before.
      #expect(rows.count == 46 + 2)
      #expect(rows.allSatisfy { $0["file_type"] == "other" && $0.values["file"] is NSNull })
    }

    @Test("of a write that waits for a frozen file system the time is shown", arguments: plans)
    func slowWrite(_ plan: Plan) throws {
      for (least, isShown) in [("100", true), ("60000", false)] {
        let disk = try MountedDisk("ext4")
        let workload = try Workload("vfs", "23", disk.path, "pwrite", "pread")
        let run = try plan.run([least, "-p", "\(workload.pid)"])
        try disk.run(delaying: workload)
        let rows = try run.stop().rows()
        #expect(rows.isEmpty != isShown, "\(least)")
        guard isShown else { continue }
        #expect(rows.first?["operation"] == "write" && rows.first?["bytes"] == 100)
        #expect((rows.first?["latency_us"] ?? 0) >= 200_000)
      }
    }

    @Test("filters keep other tasks out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, isShown) in [
        (["--comm", "workload", "-p", "@"], true), (["--comm", "loadwork"], false),
        (["--uid", "65534", "-p", "@"], false), (["--tid", "@"], true),
      ] {
        let rows = try trace(plan, ["read"], options: ["0"] + options)
        #expect(rows.count == (isShown ? 23 : 0), "\(options)")
      }
    }

    @Test("the table has the columns of bcc")
    func table() throws {
      let disk = try MountedDisk("tmpfs")
      let workload = try Workload("vfs", "23", disk.path, "read")
      let run = try TracedRun("fileslower", ["0", "-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ") }
      #expect(lines.first == ["TIME(s)", "COMM", "TID", "D", "BYTES", "LAT(ms)", "FILENAME"])
      #expect(lines.count == 24)
      #expect(lines.dropFirst().allSatisfy { $0[3] == "R" && $0[4] == "100" && $0[6] == "file" })
    }
  }
}
