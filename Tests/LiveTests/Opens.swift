import Foundation
import Testing

extension Live {
  /// opensnoop shows the opens of a process, all of them and no others.
  @Suite struct Opens {
    static let plans = Plan.offered("opensnoop")
    static let number = 23

    static func rows(_ plan: Plan, _ workload: [String]) throws -> (
      rows: [Row], outcomes: [[Int]], workload: Workload, result: RunResult
    ) {
      try rows(plan, [], workload)
    }

    /// Runs a workload of 23 opens under opensnoop.
    static func rows(
      _ plan: Plan, _ options: [String] = [], environment: [String] = [], _ workload: [String]
    ) throws -> (rows: [Row], outcomes: [[Int]], workload: Workload, result: RunResult) {
      let workload = try Workload(["opens"] + workload, environment: environment)
      let run = try plan.run(["-p", "\(workload.pid)"] + options)
      let outcomes = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["seen"] == rows.count)
      #expect(summary["lost"] == 0)
      return (rows, outcomes, workload, result)
    }

    @Test(
      "23 opens are shown with path, descriptor and errno",
      arguments: plans, ["open", "openat", "openat2"])
    func existing(_ plan: Plan, _ call: String) throws {
      let scratch = try Scratch()
      let file = try scratch.file("a file")
      let (rows, outcomes, workload, _) = try Self.rows(plan, ["23", call, file, "0", "0"])
      #expect(rows.count == Self.number)
      #expect(rows.allSatisfy { $0["path"] == file && $0["err"] == 0 })
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
      #expect(rows.map { $0["fd"] } == outcomes.map { $0[0] })
    }

    @Test(
      "23 opens of a missing file are shown with ENOENT",
      arguments: plans, ["open", "openat", "openat2"])
    func missing(_ plan: Plan, _ call: String) throws {
      let path = "/tmp/no such file"
      let (rows, outcomes, _, _) = try Self.rows(plan, ["23", call, path, "0", "0"])
      #expect(outcomes.allSatisfy { $0 == [-1, Int(ENOENT)] })
      #expect(rows.count == Self.number)
      #expect(rows.allSatisfy { $0["path"] == path && $0["fd"] == -1 && $0["err"] == Int(ENOENT) })
    }

    @Test("flags and mode are those of the call", arguments: plans, ["open", "openat", "openat2"])
    func flags(_ plan: Plan, _ call: String) throws {
      let scratch = try Scratch()
      let flags = Int(O_WRONLY | O_CREAT | O_CLOEXEC)
      let (rows, _, _, _) = try Self.rows(
        plan, ["-e"], ["23", call, scratch.path + "/new", "\(flags)", "0640"])
      #expect(rows.count == Self.number)
      #expect(rows.allSatisfy { $0["flags"] == flags && $0["mode"] == 0o640 }, "\(rows)")
    }

    @Test("creat is an open with its three flags", arguments: plans)
    func creat(_ plan: Plan) throws {
      let scratch = try Scratch()
      let (rows, _, _, _) = try Self.rows(
        plan, ["-e"], ["23", "creat", scratch.path + "/new", "0", "0600"])
      #expect(rows.count == Self.number)
      #expect(rows.allSatisfy { $0["flags"] == 0o1101 && $0["mode"] == 0o600 }, "\(rows)")
    }

    @Test("-x shows failed opens and no others", arguments: plans)
    func failed(_ plan: Plan) throws {
      let file = ["23", "openat", "/etc/passwd", "0", "0"]
      let missing = ["23", "openat", "/etc/no-such-file", "0", "0"]
      #expect(try Self.rows(plan, ["-x"], file).rows.isEmpty)
      #expect(try Self.rows(plan, ["-x"], missing).rows.count == 23)
    }

    @Test("-f shows opens with the flag and no others", arguments: plans)
    func flagFilter(_ plan: Plan) throws {
      let append = ["23", "openat", "/dev/null", "\(O_WRONLY | O_APPEND)", "0"]
      #expect(try Self.rows(plan, ["-f", "O_APPEND"], append).rows.count == 23)
      #expect(try Self.rows(plan, ["-f", "O_TRUNC", "-f", "O_APPEND"], append).rows.count == 23)
      #expect(try Self.rows(plan, ["-f", "O_CREAT"], append).rows.isEmpty)
    }

    @Test("each filter lets its tasks pass", arguments: plans)
    func filters(_ plan: Plan) throws {
      let options = [["-u", "0"], ["-n", "orkl"], ["--comm", "workload"], ["--comm", "work*"]]
      for option in options {
        let (rows, _, _, _) = try Self.rows(
          plan, option, ["23", "openat", "/etc/passwd", "0", "0"])
        #expect(rows.count == Self.number, "\(option)")
      }
    }

    @Test("each filter keeps other tasks out", arguments: plans)
    func excludingFilters(_ plan: Plan) throws {
      let options = [
        ["-u", "65534"], ["-n", "workloads"], ["--comm", "work"], ["--comm", "orkload*"],
        ["-t", "1"],
      ]
      for option in options {
        let (rows, _, _, _) = try Self.rows(
          plan, option, ["23", "openat", "/etc/passwd", "0", "0"])
        #expect(rows.isEmpty, "\(option)")
      }
    }

    @Test("-p takes several processes and shows each one's opens", arguments: plans)
    func severalProcesses(_ plan: Plan) throws {
      let workloads = try (0..<3).map { _ in
        try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      }
      let pids = workloads.prefix(2).map { "\($0.pid)" }.joined(separator: ",")
      let run = try plan.run(["-p", pids])
      for workload in workloads { try workload.run() }
      let rows = try run.stop().rows()
      #expect(
        workloads.map { workload in rows.count { $0["pid"] == workload.pid } } == [23, 23, 0])
      #expect(rows.count == 46)
    }

    @Test("-t shows one thread of a process", arguments: plans)
    func thread(_ plan: Plan) throws {
      let options = ["opens", "--thread", "23", "openat", "/etc/passwd", "0", "0"]
      for isLeader in [false, true] {
        let workload = try Workload(options)
        let tid = isLeader ? "\(workload.pid)" : workload.announcement
        let run = try plan.run(["-t", tid])
        try workload.run()
        let rows = try run.stop().rows().filter { $0["path"] == "/etc/passwd" }
        #expect(rows.count == (isLeader ? 0 : 23))
        #expect(rows.allSatisfy { $0["tid"] == Int(tid) && $0["pid"] == workload.pid })
      }
    }

    @Test("-u shows another user's opens", arguments: plans)
    func user(_ plan: Plan) throws {
      let open = ["23", "openat", "/etc/passwd", "0", "0"]
      let (rows, _, _, _) = try Self.rows(
        plan, ["-u", "65534"], environment: ["--uid", "65534"], open)
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["uid"] == 65534 })
      let none = try Self.rows(plan, ["-u", "0"], environment: ["--uid", "65534"], open)
      #expect(none.rows.isEmpty)
    }

    @Test("--cgroup shows a group's opens, those of the groups below it too", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("outer"), other = try ControlGroup("other")
      // From the innermost to the outermost, since they are removed in that order.
      var below = [try ControlGroup("1", in: group)]
      for depth in 2...11 { below.insert(try ControlGroup("\(depth)", in: below[0]), at: 0) }
      let open = ["23", "openat", "/etc/passwd", "0", "0"]
      let cases = [(group, 23), (other, 0)] + [0, 2, 3, 4, 10].map { (below[$0], 23) }
      for (home, expected) in cases {
        let (rows, _, _, _) = try Self.rows(
          plan, ["--cgroup", group.path], environment: ["--cgroup", home.path], open)
        #expect(rows.count == expected, "\(home.path)")
      }
      for (home, expected) in [(below[0], 23), (below[5], 23), (below[6], 0), (group, 0)] {
        let (rows, _, _, _) = try Self.rows(
          plan, ["--cgroup", below[5].path], environment: ["--cgroup", home.path], open)
        #expect(rows.count == expected, "\(home.path)")
      }
      for inner in below { try inner.remove() }
    }
  }
}
