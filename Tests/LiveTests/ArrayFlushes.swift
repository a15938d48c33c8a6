import Foundation
import Testing
import TraceKit

extension Live {
  /// mdflush shows who flushes an array, and of other disks on request.
  @Suite struct ArrayFlushes {
    static let plans = Plan.offered("mdflush")

    /// `CONFIG_BLK_DEV_MD`, and its module where it is one.
    static let hasArrays = Disks.major(of: "md") != nil

    /// Runs a workload that flushes a device. `@pid` stands for its process, `@` for the
    /// device.
    private func rows(
      _ plan: Plan, _ options: [String], path: String, name: String, _ number: Int = 23
    ) throws -> (rows: [Row], pid: Int) {
      let workload = try Workload("dirties", "\(number)", path, "fsync")
      let result = try plan.trace(
        workload, options, naming: ["@pid": "\(workload.pid)", "@": name])
      return (try result.rows(), workload.pid)
    }

    @Test("23 flushes of a disk that is no array are shown on request only", arguments: plans)
    func otherDrivers(_ plan: Plan) throws {
      let disk = try LoopDisk(), other = try LoopDisk()
      let cases: [([String], Bool)] = [
        (["-d", "@"], true), (["--all", "--pid", "@pid"], true), (["-d", other.name], false),
        (["--pid", "@pid"], false), ([], false), (["-d", "@", "--comm", "workload"], true),
        (["-d", "@", "--comm", "loadwork"], false), (["--all", "--pid", "1"], false),
      ]
      for (options, isShown) in cases {
        let (rows, pid) = try rows(
          plan, options + ["--columns", "+rwbs"], path: disk.path, name: disk.name)
        let mine = rows.filter { $0["disk"] == disk.name && $0["pid"] == pid }
        #expect(mine.count == (isShown ? 23 : 0), "\(options)")
        #expect(mine.allSatisfy { $0["comm"] == "workload" && ($0["rwbs"] ?? "").hasPrefix("F") })
      }
    }

    @Test("writes that do not flush are not shown", arguments: plans)
    func writes(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let run = try plan.run(["-d", disk.name])
      try Workload("blocks", "23", "write", disk.path).run()
      #expect(try run.stop().rows().isEmpty)
    }

    @Test(
      "23 flushes of an array are its own, not those of its disks, whichever number it has",
      .enabled(if: hasArrays, "this kernel has no md"), arguments: plans, ["md", "mdp"])
    func arrays(_ plan: Plan, _ driver: String) throws {
      let disks = try [LoopDisk(), LoopDisk()]
      let scratch = try Scratch()
      let node = scratch.path + "/array"
      let array = try Workload(["array", driver, node] + disks.map(\.path))
      for options in [[], ["--pid", "@pid"], ["-d", "@"]] {
        let (rows, pid) = try rows(plan, options, path: node, name: array.announcement)
        #expect(rows.filter { $0["pid"] == pid }.count == 23)
        #expect(rows.allSatisfy { $0["disk"] == array.announcement }, "\(rows)")
      }
      try array.run()
    }

    @Test("the table has the columns of libbpf-tools", arguments: plans)
    func table(_ plan: Plan) throws {
      let disk = try LoopDisk()
      let workload = try Workload("dirties", "1", disk.path, "fsync")
      let run = try TracedRun("mdflush", ["-d", disk.name], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ") }
      #expect(lines.first == ["TIME", "PID", "COMM", "DEVICE"])
      #expect(lines.last?.dropFirst() == ["\(workload.pid)", "workload", Substring(disk.name)])
    }
  }
}
