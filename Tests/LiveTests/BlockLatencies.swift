import Foundation
import Testing

extension Live {
  /// biolatency counts the requests of a disk as the disk itself does.
  @Suite struct BlockLatencies {
    static let plans = Plan.offered("biolatency")
    static let number = 20_011

    /// Runs a workload of requests to a quiet disk under biolatency.
    private func histograms(
      _ plan: Plan, _ options: [String] = [], _ work: String = "read", number: Int = number,
      environment: [String] = []
    ) throws -> (rows: [Row], requests: Int, disk: LoopDisk) {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "\(number)", work, disk.path, environment: environment)
      let named = options.map { $0.replacingOccurrences(of: "@pid", with: "\(workload.pid)") }
        .map { $0.replacingOccurrences(of: "@", with: disk.name) }
      let run = try plan.run(named)
      let before = try disk.requests
      try workload.run()
      let requests = try disk.requests - before
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows()
      for row in rows { expectConsistent(row) }
      return (rows, requests, disk)
    }

    private func expectConsistent(_ row: Row) {
      let sum = row.buckets.reduce(0) { $0 + $1.count }
      #expect(row["count"] == sum)
      let order: [Int] = ["p50", "p90", "p99", "max"].map { row[$0] ?? -1 }
      #expect(order == order.sorted() && order[0] >= 0, "\(order)")
    }

    private func total(_ rows: [Row]) -> Int {
      rows.reduce(0) { $0 + ($1["count"] ?? 0) }
    }

    /// The kernel skips a program while the same one is active on the CPU, so a
    /// completion by interrupt in the middle of another may be missed.
    private func expect(_ count: Int, isAbout requests: Int, _ what: String) {
      let allowed = max(1, requests / 200)
      #expect((requests - allowed...requests).contains(count), "\(what): \(count) of \(requests)")
    }

    @Test("a disk's requests are counted as its own statistics have them", arguments: plans)
    func exact(_ plan: Plan) throws {
      for (work, number) in [("read", 23), ("read", Self.number), ("write", Self.number)] {
        let (rows, requests, _) = try histograms(plan, ["-d", "@"], work, number: number)
        #expect(requests >= number)
        expect(total(rows), isAbout: requests, work)
      }
    }

    @Test("-d keeps other disks out", arguments: plans)
    func otherDisk(_ plan: Plan) throws {
      let other = try LoopDisk()
      let (rows, requests, _) = try histograms(plan, ["-d", other.name], number: 1009)
      #expect(requests >= 1009)
      #expect(total(rows) == 0)
    }

    @Test("-D names the disk and counts its requests", arguments: plans)
    func perDisk(_ plan: Plan) throws {
      let (rows, requests, disk) = try histograms(plan, ["-D"])
      let mine = rows.filter { $0["disk"] == disk.name }
      #expect(mine.count == 1)
      expect(total(mine), isAbout: requests, disk.name)
    }

    @Test("-F tells reads from writes that wait", arguments: plans)
    func perFlags(_ plan: Plan) throws {
      for (work, suffix) in [("read", "Read"), ("write", "Write")] {
        let (rows, requests, _) = try histograms(plan, ["-F", "-d", "@"], work)
        let mine = rows.filter { ($0["flags"] ?? "").hasSuffix(suffix) }
        expect(total(mine), isAbout: requests, work)
        #expect(work == "read" || mine.allSatisfy { ($0["flags"] ?? "").contains("Sync") })
      }
    }

    @Test("-Q counts as many requests, and none is faster for it", arguments: plans)
    func queued(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "\(Self.number)", "read", disk.path)
      let plain = try plan.run(["-d", disk.name]), queued = try plan.run(["-Q", "-d", disk.name])
      try workload.run()
      let fast = try #require(plain.stop().rows().first)
      let slow = try #require(queued.stop().rows().first)
      expect(fast["count"] ?? 0, isAbout: Self.number, "issued")
      expect(slow["count"] ?? 0, isAbout: Self.number, "queued")
      let sums: [Int] = try [#require(fast["sum"]), #require(slow["sum"])]
      // One microsecond for each request that only one of them has rounded up.
      #expect(sums[1] + Self.number >= sums[0], "\(sums)")
    }

    @Test("-m counts in milliseconds", arguments: plans)
    func milliseconds(_ plan: Plan) throws {
      let (rows, requests, _) = try histograms(plan, ["-m", "-d", "@"])
      #expect(rows.allSatisfy { $0["unit"] == "msecs" })
      expect(total(rows), isAbout: requests, "-m")
    }

    @Test("interval and count end the run, and no interval loses a request", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "\(Self.number)", "read", disk.path)
      let run = try plan.run(["-d", disk.name, "0.1"])
      try workload.run()
      expect(total(try run.stop().rows()), isAbout: Self.number, "intervals")
      let counted = try plan.run(["-D", "0.2", "3"]).finish()
      #expect(counted.end == .exited(0))
    }

    @Test("--pid and --comm count the requests of who submits them", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Bool)] = [
        (["--pid", "@pid"], true), (["--pid", "1"], false), (["--comm", "workload"], true),
        (["--comm", "loadwork"], false), (["--uid", "0"], true), (["--uid", "65534"], false),
      ]
      for (options, isCounted) in cases {
        let (rows, requests, _) = try histograms(plan, ["-d", "@"] + options, number: 1009)
        if isCounted {
          expect(total(rows), isAbout: requests, "\(options)")
        } else {
          #expect(total(rows) == 0, "\(options)")
        }
      }
    }

    @Test("a filter counts all requests that a large read is cut into", arguments: plans)
    func largeReads(_ plan: Plan) throws {
      for (comm, isCounted) in [("workload", true), ("loadwork", false)] {
        let disk = try LoopDisk()
        try "4".write(
          toFile: "/sys/block/\(disk.name)/queue/max_sectors_kb", atomically: false,
          encoding: .utf8)
        let workload = try Workload("blocks", "23", "read", disk.path, "64")
        let run = try plan.run(["-d", disk.name, "--comm", comm])
        let before = try disk.requests
        try workload.run()
        let requests = try disk.requests - before
        #expect(requests == 23 * 64)
        expect(total(try run.stop().rows()), isAbout: isCounted ? requests : 0, comm)
      }
    }

    @Test("who runs when a request is issued or completed matters to no filter", arguments: plans)
    func otherTasks(_ plan: Plan) throws {
      // A loop device issues and completes in threads of the kernel; this one is always busy.
      let busy = try Workload("waits", "23", "20")
      busy.go()
      for options in [["--pid", "\(busy.pid)"], ["--comm", "kworker*"], ["--comm", "waiter"]] {
        let (rows, requests, _) = try histograms(plan, ["-d", "@"] + options, number: 1009)
        #expect(requests >= 1009)
        #expect(total(rows) == 0, "\(options)")
      }
      _ = try busy.finish()
    }

    @Test("-c counts a group's requests and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("blocks"), other = try ControlGroup("others")
      for home in [group, other] {
        let (rows, requests, _) = try histograms(
          plan, ["-d", "@", "-c", group.path], number: 1009,
          environment: ["--cgroup", home.path])
        expect(total(rows), isAbout: home === group ? requests : 0, home.path)
      }
    }

    @Test("--heatmap draws each request once, and changes nothing else", arguments: plans)
    func heatmap(_ plan: Plan) throws {
      for options in [[], ["0.1"], ["-D"]] {
        let scratch = try Scratch()
        let path = scratch.path + "/io.svg"
        let disk = try LoopDisk()
        let workload = try Workload("blocks", "23", "read", disk.path)
        let run = try plan.run(["-d", disk.name, "--heatmap", path] + options)
        try workload.run()
        let result = try run.stop()
        #expect(result.end == .exited(0), "\(result.errors)")
        expect(total(try result.rows()), isAbout: 23, "\(options)")
        let drawing = try Drawn(path)
        #expect(drawing.count == total(try result.rows()))
        #expect(drawing.text.contains("disk \(disk.name) · "))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["io.svg"])
      }
    }

    @Test("--heatmap without an interval has a column for each second", .alone)
    func heatmapSeconds() throws {
      let scratch = try Scratch()
      let path = scratch.path + "/io.svg"
      let disk = try LoopDisk()
      let run = try TracedRun("biolatency", ["--json", "-d", disk.name, "--heatmap", path])
      let work = try (0..<2).map { _ in try Workload("blocks", "23", "read", disk.path) }
      try work[0].run()
      Thread.sleep(forTimeInterval: 1.5)
      try work[1].run()
      let result = try run.stop()
      #expect(try result.rows().count == 1)
      let drawing = try Drawn(path)
      #expect(drawing.count == 46 && drawing.columns >= 2)
    }

    @Test("a heat map that cannot be written is one sentence and status 1")
    func heatmapRefused() throws {
      for tool in ["biolatency", "biosnoop"] {
        let process = try Subprocess([
          Executable.path(tool), "--heatmap", "/nowhere/io.svg",
        ])
        #expect(try process.wait() == .exited(1))
        let reason = "cannot open '/nowhere/io.svg' for writing: No such file or directory (ENOENT)"
        #expect(process.errors.text == "\(tool): \(reason)\n")
      }
    }

    @Test("the table's bars add up, with percentiles on request", arguments: plans)
    func table(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "1009", "read", disk.path)
      let run = try TracedRun(
        "biolatency", ["-d", disk.name, "--percentiles"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.contains("usecs") == true)
      let counts = lines.filter { $0.contains(" -> ") }.compactMap { line in
        line.split(separator: ":")[1].split(separator: " ").first.flatMap { Int($0) }
      }
      expect(counts.reduce(0, +), isAbout: 1009, "the bars")
      #expect(lines.last?.hasPrefix("p50 = ") == true)
    }
  }
}

/// A disk that nobody else uses: a file of memory behind a loop device.
final class LoopDisk {
  let path: String
  private let owner: Workload
  private let file: String

  var name: String { String(path.dropFirst("/dev/".count)) }

  /// - Parameter megabytes: how large it is; it takes memory where it is written.
  init(megabytes: Int = 64) throws {
    file = "/dev/shm/live-disk-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    guard truncate(file, megabytes << 20) == 0 else { throw LiveError("cannot make \(file)") }
    owner = try Workload("loop", file)
    path = owner.announcement
    // What an earlier disk of that number was given would stay.
    let queue = "/sys/block/\(name)/queue/"
    let most = try String(contentsOfFile: queue + "max_hw_sectors_kb", encoding: .utf8)
    try most.write(toFile: queue + "max_sectors_kb", atomically: false, encoding: .utf8)
  }

  deinit {
    _ = try? owner.run()
    unlink(file)
  }

  /// The requests that it has completed: reads, writes, discards and flushes.
  var requests: Int {
    get throws {
      let text = try String(contentsOfFile: "/sys/block/\(name)/stat", encoding: .utf8)
      let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      return [0, 4, 11, 15].reduce(0) { $0 + (numbers.count > $1 ? numbers[$1] : 0) }
    }
  }
}

/// A drawing of requests over time, as a tool wrote it.
struct Drawn {
  let text: String

  init(_ path: String) throws { text = try String(contentsOfFile: path, encoding: .utf8) }

  /// The requests of all cells.
  var count: Int {
    text.matches(of: /data-count="(\d+)"/).reduce(0) { $0 + (Int($1.1) ?? 0) }
  }

  /// How many columns have a request.
  var columns: Int {
    Set(text.matches(of: /<rect class="c\d" x="(\d+)"[^>]* data-count=/).map(\.1)).count
  }
}
