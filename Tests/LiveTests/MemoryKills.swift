import Foundation
import Testing
import TraceKit

extension Live {
  /// oomkill shows the processes that the kernel kills because memory is short: those of a
  /// control group that only the workload is in.
  @Suite struct MemoryKills {
    static let plans = Plan.offered("oomkill")

    /// Whether a whole control group can be killed.
    static let killsGroups: Bool = {
      let mounts = (File.contents(of: "/proc/self/mounts") ?? "").split(separator: "\n")
        .map { $0.split(separator: " ") }
      let root = mounts.first { $0.count > 2 && $0[2] == "cgroup2" }?[1] ?? ""
      return File.contents(of: "\(root)/cgroup.controllers")?.contains("memory") == true
    }()

    private func trace(
      _ plan: Plan, options: [String] = ["--pid", "@", "--follow"], _ arguments: String...
    ) throws -> (rows: [Row], killed: [Int]) {
      let workload = try Workload(["hogs", "23"] + arguments)
      let (rows, outcomes) = try plan.rows(of: workload, options)
      return (rows, outcomes.compactMap(\.first))
    }

    @Test("23 victims are shown, with their memory and who asked for it", arguments: plans)
    func each(_ plan: Plan) throws {
      let options = ["--pid", "@", "--follow", "--columns", "+ppid,+user,+mntns"]
      let (rows, killed) = try trace(plan, options: options)
      #expect(rows.map { $0["pid"] } == killed && killed.count == 23)
      for row in rows {
        #expect(row["comm"] == "hog" && row["trigger_comm"] == "hog")
        #expect(row["trigger_pid"] as Int? == row["pid"])
        #expect(row["oom_score_adj"] == 1000 && row["uid"] == 0 && row["user"] == "root")
        let limit = 8 << 20
        let anonymous = row["anonymous_bytes"] ?? 0, resident = row["rss_bytes"] ?? 0
        // Pages that a fork shares are the parent's.
        #expect((limit / 2...limit * 2).contains(anonymous), "\(row.values)")
        #expect((anonymous...anonymous + limit).contains(resident), "\(row.values)")
        #expect((row["total_bytes"] ?? 0) >= limit * 4, "\(row.values)")
        #expect(row["loadavg"]?.wholeMatch(of: /[\d.]+ [\d.]+ [\d.]+/) != nil)
        #expect((row["ppid"] ?? 0) > 0 && (row["mntns"] ?? 0) > 0)
      }
    }

    @Test(
      "of a group that dies together each is shown", .enabled(if: killsGroups), arguments: plans)
    func group(_ plan: Plan) throws {
      let (rows, killed) = try trace(plan, "3")
      #expect(killed.count == 92)
      #expect(Set(rows.compactMap { $0["pid"] as Int? }) == Set(killed) && rows.count == 92)
      #expect(rows.allSatisfy { $0["comm"] == "hog" && $0["trigger_comm"] == "hog" })
    }

    @Test("filters keep other victims out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, expected) in [
        (["--pid", "@", "--follow", "--comm", "hog"], 23), (["--pid", "@"], 0),
        (["--pid", "@", "--follow", "--comm", "workload"], 0), (["--comm", "workload"], 0),
        (["--pid", "@", "--follow", "--uid", "65533"], 0),
      ] {
        let (rows, killed) = try trace(plan, options: options)
        #expect(rows.count == expected && killed.count == 23, "\(options)")
      }
    }

    @Test("the table fits 80 columns")
    func table() throws {
      let workload = try Workload("hogs", "23")
      let run = try TracedRun("oomkill", ["--pid", "\(workload.pid)", "--follow"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.first?.split(separator: " ")
          == ["TIME", "FPID", "FCOMM", "TPID", "TCOMM", "RSS(kB)", "LOADAVG"])
      #expect(lines.count == 24 && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    }
  }
}
