import Foundation
import Testing

extension Live {
  /// biosnoop shows each request of a disk, with the task that wants it.
  @Suite struct BlockRequests {
    static let plans = Plan.offered("biosnoop")

    /// Runs a workload over a quiet disk under biosnoop. `@pid` in an option stands for
    /// the workload's process, `@` for the disk.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-d", "@"], _ work: String = "read", number: Int = 23,
      blocks: Int = 1, environment: [String] = [], prepare: (LoopDisk) throws -> Void = { _ in }
    ) throws -> (rows: [Row], pid: Int) {
      let disk = try LoopDisk()
      try prepare(disk)
      let workload = try Workload(
        "blocks", "\(number)", work, disk.path, "\(blocks)", environment: environment)
      let result = try plan.trace(
        workload, options, naming: ["@pid": "\(workload.pid)", "@": disk.name])
      #expect(try result.summary()["lost"] == 0)
      let rows = try result.rows()
      #expect(options.contains("-d") == false || rows.allSatisfy { $0["disk"] == disk.name })
      return (rows, workload.pid)
    }

    private static func bytes(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["bytes"] ?? 0) } }

    @Test("each request has who, what, where and how long", arguments: plans)
    func fields(_ plan: Plan) throws {
      // Later kernels say of a direct read that it is waited for.
      for (work, letters, flags) in [
        ("read", ["R", "RS"], "Read"), ("write", ["WS"], "Sync-Write"),
      ] {
        let (rows, pid) = try rows(plan, ["-d", "@"], work)
        #expect(rows.count == 23)
        for (place, row) in rows.enumerated() {
          #expect(row["pid"] == pid && row["tid"] == pid)
          #expect(row["comm"] == "workload")
          #expect(letters.contains(row["rwbs"] ?? ""))
          #expect(row["flags"]?.hasSuffix(flags) == true)
          #expect(row["sector"] == place * 8 && row["bytes"] == 4096)
          #expect(row["pattern"] == "sequential" || place == 0)
          #expect(row.bool("writeback") == false)
          let (queue, latency) = (row.number("queue_ms"), row.number("latency_ms"))
          // A time that was never set would be that since the machine started.
          #expect(queue >= 0 && latency > 0 && queue + latency < 600_000)
        }
      }
    }

    @Test("many requests are all there", arguments: plans)
    func many(_ plan: Plan) throws {
      #expect(try rows(plan, ["--pid", "@pid"], number: 1009).rows.count == 1009)
    }

    @Test("-d keeps other disks out", arguments: plans)
    func otherDisk(_ plan: Plan) throws {
      let other = try LoopDisk()
      #expect(try rows(plan, ["-d", other.name, "--pid", "@pid"]).rows.isEmpty)
    }

    @Test("the filters test the task that submits", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Bool)] = [
        (["--pid", "@pid"], true), (["--pid", "1"], false), (["--pid", "1,@pid"], true),
        (["--comm", "workload"], true), (["--comm", "kworker*"], false), (["--uid", "0"], true),
        (["--uid", "65534"], false),
      ]
      for (options, isShown) in cases {
        #expect(
          try rows(plan, ["-d", "@"] + options).rows.count == (isShown ? 23 : 0), "\(options)")
      }
    }

    @Test("-c shows a group's requests and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("requests"), other = try ControlGroup("others")
      for home in [group, other] {
        let rows = try rows(
          plan, ["-d", "@", "-c", group.path], environment: ["--cgroup", home.path]
        ).rows
        #expect(rows.count == (home === group ? 23 : 0))
      }
    }

    @Test("all requests that a large read is cut into are its task's", arguments: plans)
    func largeReads(_ plan: Plan) throws {
      let (rows, pid) = try rows(plan, number: 23, blocks: 64) { disk in
        try "4".write(
          toFile: "/sys/block/\(disk.name)/queue/max_sectors_kb", atomically: false,
          encoding: .utf8)
      }
      #expect(rows.count == 23 * 64)
      #expect(rows.allSatisfy { $0["pid"] == pid && $0["bytes"] == 4096 })
    }

    @Test("-m shows what took so long", arguments: plans)
    func minimum(_ plan: Plan) throws {
      #expect(try rows(plan, ["-d", "@", "-m", "0.0001"]).rows.count == 23)
      #expect(try rows(plan, ["-d", "@", "-m", "1000000"]).rows.isEmpty)
    }

    @Test("what is synced is its task's, and the flush too", arguments: plans)
    func synced(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let cache = "/sys/block/\(disk.name)/queue/write_cache"
      let hasCache = try String(contentsOfFile: cache, encoding: .utf8).hasPrefix("write back")
      for filter in [["-d", disk.name], ["-d", disk.name, "--comm", "workload"]] {
        let workload = try Workload("dirties", "23", disk.path, "fsync")
        let run = try plan.run(filter)
        try workload.run()
        let rows = try run.stop().rows()
        #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0.bool("writeback") == false })
        let writes = rows.filter { $0["bytes"] == 4096 }
        #expect(writes.count == 23 && writes.allSatisfy { $0["rwbs"] == "WS" })
        let flushes = rows.filter { $0["rwbs"] == "FF" }
        #expect(flushes.count == (hasCache ? 23 : 0))
        #expect(flushes.allSatisfy { $0["bytes"] == 0 && $0["sector"] == 0 })
      }
    }

    @Test("what the kernel writes back later is marked, and nobody else's", arguments: plans)
    func writtenBack(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let settings = try [("dirty_expire_centisecs", "1"), ("dirty_writeback_centisecs", "10")]
        .map { try Setting("/proc/sys/vm/\($0.0)", $0.1) }
      let workload = try Workload("dirties", "23", disk.path, "kept")
      let run = try plan.run(["-d", disk.name])
      let table = try TracedRun("biosnoop", ["-d", disk.name], plan: plan.hooks)
      let other = try plan.run(["-d", disk.name, "--pid", "\(workload.pid)"])
      workload.go()
      try waitFor("the pages to be written back") {
        try Self.bytes(run.rowsSoFar()) >= 23 * 4096
      }
      try workload.run()
      let rows = try run.stop().rows()
      #expect(Self.bytes(rows) == 23 * 4096)
      for row in rows {
        #expect(row.bool("writeback") == true && row["pid"] != workload.pid)
        #expect(row["comm"]?.hasPrefix("kworker/") == true && row["rwbs"] == "W")
      }
      let lines = try table.stop().lines.dropFirst()
      #expect(lines.count == rows.count)
      #expect(lines.allSatisfy { $0.split(separator: " ").dropFirst().first == "[writeback]" })
      #expect(try other.stop().rows().isEmpty)
      withExtendedLifetime(settings) {}
    }

    @Test("who runs when a request is issued or completed matters to none", arguments: plans)
    func otherTasks(_ plan: Plan) throws {
      let busy = try Workload("waits", "23", "20")
      busy.go()
      let (rows, pid) = try rows(plan)
      #expect(rows.count == 23 && rows.allSatisfy { $0["pid"] == pid })
      _ = try busy.finish()
    }

    @Test("-P tells random from sequential access", arguments: plans)
    func pattern(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let run = try plan.run(["-d", disk.name])
      // Each begins where the one before it began.
      for _ in 0..<7 { try Workload("blocks", "1", "read", disk.path).run() }
      let patterns = try run.stop().rows().map { $0["pattern"] ?? "none" }
      #expect(patterns.dropFirst() == Array(repeating: "random", count: 6)[...])
    }

    @Test("the table has the columns of libbpf-tools, and more on request")
    func table() throws {
      let plain = "TIME(s)     COMM           PID     DISK    T    SECTOR     BYTES   "
      for (options, header) in [
        ([], plain + "LAT(ms)"), (["-Q"], plain + "QUE(ms) LAT(ms)"),
        (["-P"], plain + "P LAT(ms)"),
        (["-t"], plain.replacingOccurrences(of: "TIME(s)    ", with: "TIME    ") + "LAT(ms)"),
      ] {
        let disk = try LoopDisk()
        let workload = try Workload("blocks", "23", "read", disk.path)
        let run = try TracedRun("biosnoop", ["-d", disk.name] + options)
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first.map(String.init) == header)
        #expect(lines.count == 24)
        #expect(lines.dropFirst().allSatisfy { $0.contains("workload       \(workload.pid)") })
      }
    }

    @Test("--heatmap draws each request once, and the rows stay", arguments: plans)
    func heatmap(_ plan: Plan) throws {
      let scratch = try Scratch()
      let path = scratch.path + "/io.svg"
      #expect(try rows(plan, ["-d", "@", "--heatmap", path]).rows.count == 23)
      let drawing = try Drawn(path)
      #expect(drawing.count == 23)
      #expect(drawing.text.contains(" · 23 requests<"))
      // What no row shows is not drawn.
      #expect(try rows(plan, ["-d", "@", "-m", "1000000", "--heatmap", path]).rows.isEmpty)
      #expect(try Drawn(path).count == 0)
      #expect(try rows(plan, ["-d", "@", "--max-events", "7", "--heatmap", path]).rows.count == 7)
      #expect(try Drawn(path).count == 7)
    }

    @Test("the argument ends the run after so many seconds")
    func duration() throws {
      #expect(try TracedRun("biosnoop", ["0.2"]).finish().end == .exited(0))
    }
  }
}
