import Foundation
import Testing
import TraceKit

extension Live {
  /// drsnoop shows who frees memory before it gets some. Where the memory of a control group
  /// is short, that of the machine is not, so nothing else on it is disturbed.
  @Suite struct Reclaims {
    static let plans = Plan.offered("drsnoop")

    /// Runs the workload. In an option `@` stands for its process.
    ///
    /// - Returns: the rows, and what the workload says, a number in each line.
    private func trace(
      _ plan: Plan, _ options: [String] = ["-m", "-p", "@"], number: Int = 23, grows: Bool = false
    ) throws -> (rows: [Row], outcomes: [Int], pid: Int) {
      let disk = try MountedDisk("ext4")
      let workload = try Workload(
        ["reclaims", "\(number)", disk.path] + (grows ? ["grows"] : []))
      let run = try plan.run(options.map { $0 == "@" ? "\(workload.pid)" : $0 })
      let outcomes = try workload.run().compactMap(\.first)
      let result = try run.stop(), rows = try result.rows(), summary = try result.summary()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(summary["seen"] == rows.count && summary["lost"] == 0 && summary["map_full"] == 0)
      return (rows, outcomes, workload.pid)
    }

    private func pages(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["pages"] ?? 0) } }

    @Test("each time that a group must shrink is shown, with its pages", arguments: plans)
    func each(_ plan: Plan) throws {
      let (rows, freed, pid) = try trace(plan)
      #expect(rows.count == 23 && freed.count == 23)
      for row in rows {
        #expect(row["pid"] == pid && row["tid"] == pid && row["comm"] == "workload")
        #expect(row["uid"] == 0 && row["scope"] == "memcg" && row["order"] == 0)
        #expect((row["pages"] ?? 0) > 0 && row.number("latency_ms") > 0, "\(row)")
      }
      // What the group has less: memory of the kernel may come and go.
      let sum = freed.reduce(0, +)
      #expect(abs(pages(rows) - sum) <= sum / 10, "\(pages(rows)) \(sum)")
    }

    @Test("reclaim in groups is shown with -m only", arguments: plans)
    func machineOnly(_ plan: Plan) throws {
      #expect(try trace(plan, ["-p", "@"]).rows.isEmpty)
    }

    @Test("a task whose group is full frees memory as often as the group counts", arguments: plans)
    func limit(_ plan: Plan) throws {
      let (rows, times, _) = try trace(plan, number: 1000, grows: true)
      #expect(rows.count > 0 && rows.allSatisfy { $0["scope"] == "memcg" })
      // Of 1000 pages 256 have room.
      #expect(pages(rows) > 500)
      // Groups of version 1 do not count it.
      if let times = times.first, times >= 0 { #expect(rows.count == times) }
    }

    @Test("-e has the free memory of the machine", arguments: plans)
    func freeMemory(_ plan: Plan) throws {
      let rows = try trace(plan, ["-e", "-m", "-p", "@"]).rows
      let statistics = (File.contents(of: "/proc/vmstat") ?? "").split(separator: "\n")
      let pages = statistics.first { $0.hasPrefix("nr_free_pages ") }?.split(separator: " ").last
      let free = try #require(pages.flatMap { Int($0) }) * sysconf(Int32(_SC_PAGESIZE))
      #expect(rows.count == 23)
      for row in rows {
        #expect(abs((row["free_bytes"] ?? 0) - free) < free / 5, "\(row) \(free)")
      }
    }

    @Test("filters let the task pass that frees memory and no others", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, number) in [
        (["-t", "@"], 23), (["-p", "@", "-n", "orkloa"], 23), (["-p", "@", "-u", "0"], 23),
        (["-p", "1"], 0), (["-t", "1"], 0), (["-p", "@", "-n", "loadwork"], 0),
        (["-p", "@", "-u", "65534"], 0),
      ] {
        #expect(try trace(plan, ["-m"] + options).rows.count == number, "\(options)")
      }
    }

    @Test("the table has the columns of libbpf-tools, and with -T and -U those of bcc")
    func table() throws {
      let names = ["TIME", "COMM", "TID", "LAT(ms)", "PAGES"]
      let extended = names + ["FREE(KB)"]
      let ofBoth = ["TIME", "TIME(s)", "UID"] + names.dropFirst()
      for (options, expected) in [
        ([], names), (["-e"], extended), (["-t", "1"], names), (["-T", "-U"], ofBoth),
      ] {
        let result = try TracedRun("drsnoop", options).stop()
        let words = result.lines.first?.split(separator: " ").map(String.init)
        #expect(words == expected, "\(options)")
      }
    }

    @Test("rows fit 80 columns")
    func width() throws {
      let disk = try MountedDisk("ext4")
      let workload = try Workload("reclaims", "23", disk.path)
      let run = try TracedRun("drsnoop", ["-e", "-m", "-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.count == 24 && lines.allSatisfy { $0.utf8.count <= 80 })
    }
  }
}
