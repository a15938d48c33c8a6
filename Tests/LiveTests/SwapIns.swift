import Foundation
import Testing
import TraceKit

extension Live {
  /// swapin counts the pages that a process gets back from a swap device of its own.
  @Suite struct SwapIns {
    static let plans = Plan.offered("swapin")
    private static let number = 23

    /// Lets a process swap its pages out to a disk, and counts those that come back. In an
    /// option `@` stands for the process.
    private func rows(
      _ plan: Plan, _ options: [String], number: Int = number, device: String
    ) throws -> (rows: [Row], pid: Int) {
      let workload = try Workload("swaps", "\(number)", device)
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload.pid)
    }

    private func rows(_ plan: Plan, _ options: [String], number: Int = number) throws -> (
      rows: [Row], pid: Int
    ) {
      let disk = try LoopDisk()
      return try rows(plan, options, number: number, device: disk.path)
    }

    private func sum(_ rows: [Row], _ key: String = "count") -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    @Test("23 pages come back, each once", arguments: plans)
    func exact(_ plan: Plan) throws {
      let (rows, pid) = try rows(plan, ["-p", "@", "3600"])
      #expect(rows.count == 1)
      let row = try #require(rows.first)
      #expect(row["count"] == Self.number && row["pages"] == Self.number)
      #expect(row["pid"] == pid && row["comm"] == "workload")
    }

    @Test("the kernel counts as many", .alone, arguments: plans)
    func referee(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("swaps", "\(Self.number)", disk.path)
      let run = try plan.run(["3600"])
      let before = MemoryCounters.value(of: "pswpin")
      try workload.run()
      let counted = MemoryCounters.value(of: "pswpin") - before
      #expect(try sum(run.stop().rows(), "pages") == counted && counted >= Self.number)
    }

    @Test(
      "pages on a disk of compressed memory come back at once, and count too",
      .enabled(if: CompressedDisk.canBeMade, "this kernel makes no zram"), arguments: plans)
    func compressed(_ plan: Plan) throws {
      let disk = try CompressedDisk()
      let found = sum(try rows(plan, ["-p", "@"], device: disk.path).rows)
      // Older kernels read such a disk without a request.
      let requests = plan.hooks == "fentry" || plan.hooks == "kprobe" || !disk.readsPages
      #expect(found == (requests ? Self.number : 0))
    }

    @Test("no interval loses a page or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let rows = try rows(plan, ["-p", "@", "0.01"], number: 2003).rows
      #expect(sum(rows) == 2003 && sum(rows, "pages") == 2003)
    }

    @Test("filters let the pages through, or keep them out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Int)] = [
        (["-p", "@", "--comm", "workload"], Self.number), (["-p", "@", "--uid", "0"], Self.number),
        (["--tid", "@"], Self.number), (["-p", "1"], 0), (["-p", "@", "--comm", "workloads"], 0),
        (["-p", "@", "--uid", "65533"], 0),
      ]
      for (options, expected) in cases {
        #expect(sum(try rows(plan, options).rows) == expected, "\(options)")
      }
    }

    @Test(
      "what is read from a disk past the page cache, or into it, is no swap-in", arguments: plans)
    func reads(_ plan: Plan) throws {
      let disk = try LoopDisk(), mounted = try MountedDisk("ext4")
      let works = [
        ["blocks", "23", "read", disk.path],
        ["pages", "--cold", "map", "1", "23", mounted.path + "/file"],
      ]
      for work in works {
        let workload = try Workload(work)
        let result = try plan.trace(workload, ["-p", "@"], naming: ["@": "\(workload.pid)"])
        #expect(try result.rows().isEmpty, "\(work)")
      }
    }

    @Test("the table has the time unless -T, and the columns of bcc")
    func table() throws {
      let disk = try LoopDisk()
      func lines(_ options: [String], _ last: [Substring] = []) throws -> [Substring] {
        let workload = try Workload("swaps", "\(Self.number)", disk.path)
        let run = try TracedRun("swapin", ["-p", "\(workload.pid)"] + options + ["3600"])
        try workload.run()
        let lines = try run.stop().lines
        let row: [Substring] = ["workload", "\(workload.pid)", "\(Self.number)"]
        #expect(lines.last?.split(separator: " ") == row + last)
        return lines
      }
      let timed = try lines([])
      #expect(timed.first?.wholeMatch(of: /\[\d\d:\d\d:\d\d\]/) != nil && timed.count == 3)
      #expect(timed[1] == "COMM             PID    COUNT")
      #expect(try lines(["-T"]).first == "COMM             PID    COUNT")
      let pages = try lines(["--notime", "--columns", "+pages"], ["\(Self.number)"])
      #expect(pages.first == "COMM             PID    COUNT    PAGES")
    }
  }
}

/// A disk of compressed memory (zram) of its own, gone with it.
final class CompressedDisk {
  private static let control = "/sys/class/zram-control/"

  static let canBeMade = FileManager.default.fileExists(atPath: control + "hot_add")

  let path: String
  private let number: String

  init(megabytes: Int = 64) throws {
    // The reading makes one.
    guard let number = File.contents(of: Self.control + "hot_add")?.split(separator: "\n").first
    else { throw LiveError("cannot make a zram disk") }
    self.number = String(number)
    path = "/dev/zram\(number)"
    try "\(megabytes << 20)".write(
      toFile: "/sys/block/zram\(number)/disksize", atomically: false, encoding: .utf8)
  }

  /// Whether the kernel reads pages of such disks without a request: it has a function for it.
  var readsPages: Bool { KernelSymbols.has("bdev_read_page") }

  deinit {
    try? number.write(
      toFile: Self.control + "hot_remove", atomically: false, encoding: .utf8)
  }
}
