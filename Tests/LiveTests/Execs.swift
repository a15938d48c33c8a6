import Foundation
import Testing

extension Live {
  /// execsnoop shows new programs with their whole arguments.
  @Suite struct Execs {
    static let plans = Plan.offered("execsnoop")
    static let program = Executable.path("workload")

    static func rows(_ plan: Plan, _ arguments: [String]) throws -> (
      rows: [Row], children: [Int], workload: Workload
    ) {
      try rows(plan, [], arguments)
    }

    /// Runs 23 execs of the workload's children under execsnoop.
    static func rows(
      _ plan: Plan, _ options: [String] = [], call: String = "execve", path: String = program,
      environment: [String] = [], _ arguments: [String]
    ) throws -> (rows: [Row], children: [Int], workload: Workload) {
      let workload = try Workload(
        ["execs", "23", call, path] + arguments, environment: environment)
      let run = try plan.run(["-P", "\(workload.pid)"] + options)
      let outcomes = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["seen"] == rows.count + (summary["filtered"] ?? 0))
      #expect(summary["lost"] == 0)
      return (rows, outcomes.map { $0[0] }, workload)
    }

    private func expectArguments(_ plan: Plan, _ arguments: [String], _ options: [String] = [])
      throws
    {
      let (rows, children, workload) = try Self.rows(plan, options, ["nothing"] + arguments)
      #expect(rows.map { $0["pid"] } == children)
      for row in rows {
        #expect(row.texts("args") == [Self.program] + arguments)
        #expect(row["ppid"] == workload.pid && row["ret"] == 0 && row["comm"] == "workload")
        #expect(row.values["truncated"] as? Bool == false)
      }
    }

    @Test("23 execs are shown, each with its process and parent", arguments: plans)
    func plain(_ plan: Plan) throws {
      try expectArguments(plan, ["one", "two"])
    }

    @Test("arguments with spaces, line ends and nothing in them come whole", arguments: plans)
    func unusual(_ plan: Plan) throws {
      try expectArguments(plan, ["", "with a space", "two\nlines", "", "tab\t\"quoted\"", ""])
    }

    @Test("an argument of 10000 bytes comes whole", arguments: plans)
    func long(_ plan: Plan) throws {
      try expectArguments(plan, [String(repeating: "0123456789", count: 1000), "last"])
    }

    @Test("60 arguments come whole, the 61st is cut and marked", arguments: plans)
    func many(_ plan: Plan) throws {
      let sixty = (1..<60).map { "argument-\($0)" }
      try expectArguments(plan, sixty)
      let (rows, _, _) = try Self.rows(plan, ["nothing"] + sixty + ["argument-60"])
      #expect(rows.count == 23)
      for row in rows {
        #expect(row.texts("args") == [Self.program] + sixty)
        #expect(row.values["truncated"] as? Bool == true)
      }
    }

    @Test("--max-args moves the cut", arguments: plans)
    func maxArguments(_ plan: Plan) throws {
      let arguments = (1..<100).map { "\($0)" }
      try expectArguments(plan, arguments, ["--max-args", "128"])
      let (rows, _, _) = try Self.rows(plan, ["--max-args", "3"], ["nothing"] + arguments)
      #expect(rows.allSatisfy { $0.texts("args") == [Self.program, "1", "2"] })
      #expect(rows.allSatisfy { $0.values["truncated"] as? Bool == true })
    }

    @Test("execveat, an exec by descriptor and one by a second thread are shown", arguments: plans)
    func otherCalls(_ plan: Plan) throws {
      for call in ["execveat", "fexecve", "thread"] {
        let (rows, children, workload) = try Self.rows(plan, call: call, ["nothing", "x"])
        #expect(rows.map { $0["pid"] } == children, "\(call)")
        #expect(rows.allSatisfy { $0["tid"] as Int? == $0["pid"] }, "\(call)")
        #expect(rows.allSatisfy { $0["ppid"] == workload.pid }, "\(call)")
        #expect(rows.allSatisfy { $0.texts("args").dropFirst() == ["x"] }, "\(call)")
        guard call != "fexecve" else { continue }
        #expect(rows.allSatisfy { $0.texts("args").first == Self.program }, "\(call)")
      }
    }

    @Test("a script is shown as it was called", arguments: plans)
    func script(_ plan: Plan) throws {
      let scratch = try Scratch()
      for (name, opening) in [("plain", Self.program), ("argument", Self.program + " nothing")] {
        let script = try scratch.file(name, "#!\(opening)\n", mode: 0o755)
        let (rows, children, _) = try Self.rows(plan, path: script, ["nothing", "a", "b c"])
        #expect(rows.map { $0["pid"] } == children, "\(name)")
        #expect(rows.allSatisfy { $0.texts("args") == [script, "a", "b c"] }, "\(rows)")
      }
    }

    @Test("-P keeps other parents' children out", arguments: plans)
    func otherParent(_ plan: Plan) throws {
      let other = try Workload("execs", "23", "execve", Self.program, "nothing", "other")
      let (rows, _, _) = try Self.rows(plan, ["nothing", "mine"])
      #expect(rows.count == 23)
      let run = try plan.run(["-P", "\(getpid())"])
      try other.run()
      let found = try run.stop().rows()
      #expect(found.allSatisfy { $0.texts("args").last != "other" })
    }

    @Test("-u, -n, -l and --comm let their execs pass and keep others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Int)] = [
        (["-u", "0"], 23), (["-u", "65534"], 0), (["-n", "orkl"], 23), (["-n", "orkloads"], 0),
        (["-l", "needle in"], 23), (["-l", "needles"], 0), (["--comm", "workload"], 23),
        (["--comm", "work"], 0), (["--comm", "work*"], 23),
      ]
      for (options, expected) in cases {
        let (rows, _, _) = try Self.rows(plan, options, ["nothing", "a needle in it"])
        #expect(rows.count == expected, "\(options)")
      }
    }

    @Test("-u shows another user's execs", arguments: plans)
    func user(_ plan: Plan) throws {
      let (rows, _, _) = try Self.rows(
        plan, ["-u", "65534"], environment: ["--uid", "65534"], ["nothing"])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["uid"] == 65534 })
    }

    @Test("-c shows a group's execs and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("execs"), other = try ControlGroup("others")
      for (home, expected) in [(group, 23), (other, 0)] {
        let (rows, _, _) = try Self.rows(
          plan, ["-c", group.path], environment: ["--cgroup", home.path], ["nothing"])
        #expect(rows.count == expected)
      }
    }

    @Test("two and ten instances that see the same workload show each all 23 execs")
    func sideBySide() throws {
      for count in [2, 10] {
        let workload = try Workload("execs", "23", "execve", Self.program, "nothing")
        let runs = try (0..<count).map { _ in
          try TracedRun("execsnoop", ["--json", "-P", "\(workload.pid)"])
        }
        let children = try workload.run().map { $0[0] }
        for run in runs {
          let result = try run.stop()
          #expect(try result.rows().map { $0["pid"] } == children)
          #expect(result.leftInKernel == "")
        }
      }
    }

    @Test("the table has the columns of libbpf-tools, and -q its quotation marks", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("execs", "23", "execve", Self.program, "nothing", "a b", "")
      let plain = try TracedRun("execsnoop", ["-P", "\(workload.pid)"], plan: plan.hooks)
      let quoted = try TracedRun("execsnoop", ["-q", "-P", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let lines = try plain.stop().lines
      #expect(lines.count == 24)
      #expect(lines.first?.split(separator: " ") == ["PCOMM", "PID", "PPID", "RET", "ARGS"])
      #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(" \(Self.program) a b ") }, "\(lines[1])")
      let marked = try quoted.stop().lines.dropFirst()
      #expect(marked.count == 23)
      #expect(marked.allSatisfy { $0.hasSuffix(#" "\#(Self.program)" "a b" """#) }, "\(marked)")
    }
  }

  /// execsnoop -x shows attempts that failed as well.
  @Suite struct FailedExecs {
    static let plans = Plan.offered("execsnoop", "-x")

    @Test(
      "23 failed execs are shown with their errno and arguments",
      arguments: plans, ["execve", "execveat"])
    func failed(_ plan: Plan, _ call: String) throws {
      let scratch = try Scratch()
      let closed = try scratch.file("closed", mode: 0o644)
      for (path, error) in [("/no/such program", ENOENT), (closed, EACCES)] {
        let (rows, children, _) = try Execs.rows(
          plan, call: call, path: path, ["zero", "", "two words"])
        #expect(rows.map { $0["pid"] } == children)
        #expect(rows.allSatisfy { abs($0["ret"] ?? 0) == Int(error) }, "\(rows)")
        #expect(rows.allSatisfy { $0.texts("args") == [path, "", "two words"] }, "\(rows)")
      }
    }

    @Test("those that succeed are shown once, with status 0", arguments: plans)
    func succeeded(_ plan: Plan) throws {
      for call in ["execve", "execveat", "fexecve", "thread"] {
        let (rows, children, _) = try Execs.rows(plan, call: call, ["nothing", "x"])
        #expect(rows.map { $0["pid"] } == children, "\(call)")
        #expect(rows.allSatisfy { $0["ret"] == 0 }, "\(call)")
      }
    }

    @Test("without -x a failed attempt is not shown", arguments: Execs.plans)
    func notAsked(_ plan: Plan) throws {
      let (rows, _, _) = try Execs.rows(plan, path: "/no/such program", ["zero"])
      #expect(rows.isEmpty)
    }

    @Test("60 arguments of a failed exec come whole, the 61st is cut", arguments: plans)
    func many(_ plan: Plan) throws {
      let sixty = (1..<60).map { "argument-\($0)" }
      for (extra, isCut) in [([String](), false), (["argument-60"], true)] {
        let (rows, _, _) = try Execs.rows(plan, path: "/no/such program", ["zero"] + sixty + extra)
        #expect(rows.count == 23)
        #expect(rows.allSatisfy { $0.texts("args") == ["/no/such program"] + sixty })
        #expect(rows.allSatisfy { $0.values["truncated"] as? Bool == isCut })
      }
    }
  }
}
