import Foundation
import Testing
import TraceKit

extension Live {
  /// What a tool does where it may not or cannot trace.
  @Suite struct Privilege {
    static let user = "65534"
    static let tracing = ["--uid", user, "--tracing"]

    @Test("a kind or a plan that the tool does not have is refused", arguments: Plan.tools)
    func unknownPlan(_ tool: String) throws {
      for (plan, status) in [("perf_event", Int32(64)), ("no-such", 64), ("tp_btf:9", 69)] {
        let process = try TracedRun.start(tool, ["--json"], plan: plan)
        #expect(try process.wait() == .exited(status), "\(plan)")
        #expect(!process.errors.text.isEmpty)
        #expect(process.output.data.isEmpty)
      }
    }

    @Test("a plan that the kernel refuses ends with status 69 and the reason", arguments: Plan.all)
    func refusedPlan(_ plan: Plan) throws {
      let process = try TracedRun.start(plan.tool, plan.options + ["--json"], plan: plan.hooks)
      try waitFor("\(plan.testDescription) to attach or to end") {
        process.poll() != nil || process.errors.text.contains("attached by")
      }
      process.signal(SIGINT)
      let end = try process.wait()
      guard plan.obstacle != nil else {
        #expect(end == .exited(0))
        return
      }
      #expect(end == .exited(69))
      let lines = process.errors.text.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains("this kernel does not offer"), "\(lines)")
    }

    @Test("an ordinary user gets status 77 and what is missing", arguments: Plan.tools)
    func ordinaryUser(_ tool: String) throws {
      let process = try TracedRun.start(tool, ["--json"], environment: ["--uid", Self.user])
      #expect(try process.wait() == .exited(77))
      #expect(process.errors.text.contains("CAP_BPF and CAP_PERFMON"), "\(process.errors.text)")
      #expect(process.output.data.isEmpty)
    }

    /// Runs a tool as a user with these two capabilities, over a workload of root.
    private func rows(
      _ tool: String, _ options: [String], _ filter: String, _ workload: Workload
    ) throws -> [Row] {
      let run = try TracedRun(
        tool, ["--json", filter, "\(workload.pid)"] + options, environment: Self.tracing)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return try result.rows()
    }

    /// Whether a plan of the tool needs no tracefs, which is root's.
    private func isOffered(_ tool: String, _ options: String...) -> Bool {
      Plan.all.contains { plan in
        plan.tool == tool && plan.options == options && plan.obstacle == nil
          && plan.hooks != "tracepoint"
      }
    }

    @Test("opensnoop needs CAP_BPF and CAP_PERFMON only")
    func opens() throws {
      #expect(isOffered("opensnoop"))
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let found = try rows("opensnoop", ["-F"], "-p", workload)
      #expect(found.count == 23)
      #expect(found.allSatisfy { $0["path"] == "/etc/passwd" })
    }

    @Test("execsnoop needs CAP_BPF and CAP_PERFMON only, for failed attempts too")
    func execs() throws {
      for (options, path) in [([String](), Executable.path("workload")), (["-x"], "/no/such")] {
        let workload = try Workload("execs", "23", "execve", path, "nothing", "x")
        let found = try rows("execsnoop", options, "-P", workload)
        #expect(found.count == 23, "\(options)")
        #expect(found.allSatisfy { $0.texts("args") == [path, "x"] }, "\(options)")
      }
    }

    @Test("tcpconnect needs CAP_BPF and CAP_PERFMON only, for failed connects too")
    func connects() throws {
      for (options, way) in [([String](), [String]()), (["-x"], ["--refused"])] {
        let workload = try Workload(["connects"] + way + ["23", "4"])
        let found = try rows("tcpconnect", options, "-p", workload)
        #expect(found.count == 23, "\(options)")
      }
    }

    @Test("biolatency needs CAP_BPF and CAP_PERFMON only")
    func blocks() throws {
      let disk = try LoopDisk()
      let workload = try Workload("blocks", "1009", "read", disk.path)
      let found = try rows("biolatency", ["-d", disk.name], "--pid", workload)
      let count = found.reduce(0) { $0 + ($1["count"] ?? 0) }
      #expect((1009 - 5...1009).contains(count), "\(count)")
    }

    @Test("runqlat needs CAP_BPF and CAP_PERFMON only")
    func waits() throws {
      let found = try rows("runqlat", [], "-p", try Workload("waits", "23", "20"))
      #expect(found.reduce(0) { $0 + $1.count(from: 16384) } >= 23)
    }
  }
}
