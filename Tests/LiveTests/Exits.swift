import Foundation
import Testing

extension Live {
  /// exitsnoop shows each process that ends, with the status that its parent gets.
  @Suite struct Exits {
    static let plans = Plan.offered("exitsnoop")

    private struct Scene {
      var rows: [Row]
      let outcomes: [[Int]]
      let parent: Int

      var pids: [Int] { outcomes.map { $0[0] } }
    }

    /// Traces a workload and its children, of which the rows are.
    private func trace(
      _ plan: Plan, options: [String] = ["-p", "@", "--follow"], _ how: String, _ value: String,
      environment: [String] = []
    ) throws -> Scene {
      let workload = try Workload(["exits", "23", how, value], environment: environment)
      let (rows, outcomes) = try plan.rows(of: workload, options)
      let pids = outcomes.map { $0[0] }
      return Scene(
        rows: rows.filter { pids.contains($0["pid"] ?? -1) }, outcomes: outcomes,
        parent: workload.pid)
    }

    private func expectStatuses(_ scene: Scene) {
      for (row, outcome) in zip(scene.rows, scene.outcomes) {
        let status = outcome[1], signal = status & 0x7f
        #expect(row["ppid"] == scene.parent && row["tid"] as Int? == row["pid"])
        #expect(row["comm"] == "child", "\(row.values)")
        #expect(row["exit_code"] == (signal == 0 ? status >> 8 : nil), "\(row.values)")
        #expect(row["signal"] == (signal == 0 ? nil : signal))
        #expect(row.bool("core_dumped") == (status & 0x80 != 0))
        let age = row["age_us"] ?? -1
        #expect(age >= 0 && age <= outcome[2], "\(age) of \(outcome[2])")
      }
    }

    @Test("23 exits are shown once each, with the code that the parent gets", arguments: plans)
    func codes(_ plan: Plan) throws {
      for (how, value, code) in [
        ("code", 0, 0), ("code", 255, 255), ("threads", 3, 3), ("leader", 7, 7), ("crowd", 5, 0),
      ] {
        let scene = try trace(plan, how, "\(value)")
        #expect(scene.rows.map { $0["pid"] } == scene.pids, "\(how)")
        #expect(scene.rows.allSatisfy { $0["exit_code"] == code }, "\(how)")
        expectStatuses(scene)
      }
    }

    @Test("where a thread ends last, the process has the status that the kernel gives it")
    func last() throws {
      for plan in Self.plans {
        let scene = try trace(plan, "last", "6")
        #expect(scene.rows.map { $0["pid"] } == scene.pids)
        expectStatuses(scene)
      }
    }

    @Test("23 that a signal ends are shown with it", arguments: plans)
    func signals(_ plan: Plan) throws {
      for (signal, name) in [(SIGKILL, "SIGKILL"), (SIGTERM, "SIGTERM"), (SIGSEGV, "SIGSEGV")] {
        let scene = try trace(plan, "signal", "\(signal)")
        #expect(scene.rows.map { $0["pid"] } == scene.pids)
        #expect(scene.rows.allSatisfy { $0["signal"] == Int(signal) && $0["signal_name"] == name })
        expectStatuses(scene)
      }
    }

    @Test("-T shows each thread, and the first is one of them", arguments: plans)
    func threads(_ plan: Plan) throws {
      let options = ["-T", "-p", "@", "--follow"]
      let scene = try trace(plan, options: options, "threads", "3")
      #expect(scene.rows.count == 23 * 4)
      for pid in scene.pids {
        let own = scene.rows.filter { $0["pid"] == pid }
        #expect(own.count == 4 && Set(own.map { $0["tid"] ?? 0 }).count == 4)
        // A thread that was waited for may be seen after the one that waited.
        for row in own { #expect(row["exit_code"] == (row["tid"] == pid ? 3 : 0)) }
      }
      // The first thread ends with a code of its own.
      let last = try trace(plan, options: options, "last", "6")
      #expect(last.rows.count == 23 * 2)
      for row in last.rows {
        let isFirst = row["tid"] as Int? == row["pid"]
        #expect(row["exit_code"] == (isFirst ? 5 : 6))
        #expect(row["comm"] == (isFirst ? "child" : "last"))
      }
    }

    @Test("-x shows what fails and what a signal ends, and no other", arguments: plans)
    func failed(_ plan: Plan) throws {
      for (how, value, expected) in [
        ("code", 0, 0), ("code", 1, 23), ("signal", Int(SIGUSR1), 23), ("crowd", 2, 0),
        ("leader", 0, 0), ("leader", 9, 23),
      ] {
        let scene = try trace(plan, options: ["-x", "-p", "@", "--follow"], how, "\(value)")
        #expect(scene.rows.count == expected, "\(how) \(value)")
      }
    }

    @Test("filters let their processes pass and keep others out", .alone, arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, expected) in [
        (["--comm", "child"], 23), (["--comm", "workload"], 0), (["-p", "@"], 0),
        (["--uid", "65533"], 23), (["--uid", "65532"], 0),
      ] {
        for how in ["code", "leader"] {
          let scene = try trace(plan, options: options, how, "3", environment: ["--uid", "65533"])
          #expect(scene.rows.count == expected, "\(options) \(how)")
        }
      }
    }

    @Test("-c shows a group's exits and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("exits"), other = try ControlGroup("others")
      for (home, expected) in [(group, 23), (other, 0)] {
        let scene = try trace(
          plan, options: ["-c", group.path], "code", "3", environment: ["--cgroup", home.path])
        #expect(scene.rows.count == expected)
      }
    }

    @Test("in a container the numbers are its own", arguments: plans)
    func container(_ plan: Plan) throws {
      let home = try PIDNamespace()
      let workload = try Workload("exits", "23", "leader", "4", environment: home.entry)
      let seen = try PIDNamespace.numbers(of: workload).seen
      let run = try plan.run(["-p", "\(seen)", "--follow"], environment: home.entry)
      let pids = try workload.run().map { $0[0] }
      let rows = try run.stop().rows().filter { $0["comm"] == "child" }
      #expect(rows.map { $0["pid"] } == pids && pids.count == 23)
      #expect(rows.allSatisfy { $0["ppid"] == seen && $0["tid"] as Int? == $0["pid"] })
    }

    @Test("a command and its descendants are shown to their end")
    func command() throws {
      let script = "(exit 5); (exit 6) & wait $!; exit 7"
      let result = try TracedRun("exitsnoop", ["--json", "--", "/bin/sh", "-c", script]).finish()
      #expect(result.end == .exited(7))
      #expect(try result.rows().map { $0["exit_code"] } == [5, 6, 7])
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      for (options, how, value, header, words) in [
        ([], "code", "0", "PCOMM PID PPID TID AGE(s) EXIT_CODE", " 0"),
        (["-t"], "code", "7", "TIME PCOMM PID PPID TID AGE(s) EXIT_CODE", " code 7"),
        ([], "signal", "9", "PCOMM PID PPID TID AGE(s) EXIT_CODE", " signal 9 (Killed)"),
      ] {
        let workload = try Workload("exits", "23", how, value)
        let run = try TracedRun("exitsnoop", options + ["-p", "\(workload.pid)", "--follow"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").joined(separator: " ") == header)
        let children = lines.filter { $0.contains("child ") }
        #expect(children.count == 23 && children.allSatisfy { $0.hasSuffix(words) }, "\(lines)")
      }
    }
  }
}
