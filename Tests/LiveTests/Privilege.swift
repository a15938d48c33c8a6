import Foundation
import Testing
import TraceKit

extension Live {
  /// What a tool does where it may not or cannot trace.
  @Suite struct Privilege {
    static let user = "65534"
    static let tracing = ["--uid", user, "--tracing"]

    @Test("a kind or a plan that the tool does not have is refused", arguments: ToolCase.models)
    func unknownPlan(_ tool: ToolCase) throws {
      let kinds = tool.plans[0].hooks.map { $0.prefix { $0 != ":" } }
      let other = kinds.contains("perf_event") ? "tp_btf" : "perf_event"
      for (plan, status) in [(other, Int32(64)), ("no-such", 64), ("\(kinds[0]):9", 69)] {
        let process = try TracedRun.start(tool.name, ["--json"], plan: plan)
        #expect(try process.wait() == .exited(status), "\(plan)")
        #expect(!process.errors.text.isEmpty)
        #expect(process.output.data.isEmpty)
      }
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

    @Test(
      "after attaching a tool has only those left that naming takes, root's or those three",
      .alone, arguments: ToolCase.models, [[], tracing])
    func givesUp(_ model: ToolCase, _ environment: [String]) throws {
      let tool = model.name
      // A probe in user space needs root.
      if model.needsRoot, !environment.isEmpty { return }
      let setting = try Setting("/proc/sys/kernel/unprivileged_bpf_disabled", "0")
      let run = try TracedRun(tool, environment: environment)
      // CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE and CAP_CHECKPOINT_RESTORE.
      let isKept = model.isStackTool && environment.isEmpty
      let left: Substring = isKept ? "0000010000080004" : "0000000000000000"
      try waitFor("\(tool) to give up its capabilities") {
        try Self.capabilities(of: run.process.pid) == ["CapEff": left, "CapPrm": left]
      }
      #expect(try run.stop().end == .exited(0))
      #expect(try setting.read() == "0")
    }

    @Test(
      "where only CAP_BPF may read maps, that one is left", .alone, arguments: ToolCase.models)
    func keepsTheNeeded(_ model: ToolCase) throws {
      let tool = model.name
      let setting = try Setting("/proc/sys/kernel/unprivileged_bpf_disabled", "2")
      let run = try TracedRun(tool)
      try waitFor("\(tool) to give up its capabilities") {
        let sets = try Self.capabilities(of: run.process.pid)
        // From 5.19 everybody may read the maps he has (c8644cd0efe7 "bpf: refine
        // kernel.unprivileged_bpf_disabled behaviour").
        let own: [Substring] =
          model.isStackTool
          ? ["0000010000080004", "0000018000080004"] : ["0000000000000000", "0000008000000000"]
        return own.contains(sets["CapEff"] ?? "")
          && sets["CapEff"] == sets["CapPrm"]
      }
      #expect(try run.stop().end == .exited(0))
      #expect(try setting.read() == "2")
    }

    static func capabilities(of pid: pid_t) throws -> [Substring: Substring] {
      let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
      let lines = status.split(separator: "\n").map { $0.split(separator: ":\t") }
      let sets = lines.filter { $0[0] == "CapEff" || $0[0] == "CapPrm" }
      return Dictionary(uniqueKeysWithValues: sets.map { ($0[0], $0[1]) })
    }

    @Test("setpriv gives the two capabilities as well")
    func setpriv() throws {
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let capabilities = "-all,+bpf,+perfmon"
      // Kernels before 5.11 count maps as locked memory.
      let unlimited = [Executable.path("workload"), "env", "--"]
      let process = try Subprocess(
        unlimited + [
          "/usr/bin/setpriv", "--reuid", Self.user, "--regid", Self.user, "--clear-groups",
          "--inh-caps", capabilities, "--ambient-caps", capabilities, "--bounding-set",
          capabilities,
          Executable.path("opensnoop"), "-v", "--json", "-p", "\(workload.pid)",
        ])
      try TracedRun.awaitAttachmentOrEnd(of: process, "opensnoop")
      try workload.run()
      process.signal(SIGINT)
      #expect(try process.wait() == .exited(0), "\(process.errors.text)")
      #expect(process.output.text.split(separator: "\n").count == 24)
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
  }
}
