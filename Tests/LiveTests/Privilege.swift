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
      let isSampled = tool == "profile"
      let kind = isSampled ? "perf_event" : Plan.probeTools.contains(tool) ? "uprobe" : "tp_btf"
      for (plan, status) in [
        (isSampled ? "tp_btf" : "perf_event", Int32(64)), ("no-such", 64), ("\(kind):9", 69),
      ] {
        let process = try TracedRun.start(tool, ["--json"], plan: plan)
        #expect(try process.wait() == .exited(status), "\(plan)")
        #expect(!process.errors.text.isEmpty)
        #expect(process.output.data.isEmpty)
      }
    }

    @Test("a plan that the kernel refuses ends with status 69 and the reason", arguments: Plan.all)
    func refusedPlan(_ plan: Plan) throws {
      let process = try TracedRun.startOrEnd(
        plan.tool, plan.options + ["--json"], plan: plan.hooks)
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

    @Test(
      "after attaching a tool has only those left that naming takes, root's or those two",
      arguments: Plan.tools, [[], tracing])
    func givesUp(_ tool: String, _ environment: [String]) throws {
      // A probe in user space takes root.
      if Plan.rootTools.contains(tool), !environment.isEmpty { return }
      let setting = try Setting("/proc/sys/kernel/unprivileged_bpf_disabled", "0")
      let run = try TracedRun(tool, environment: environment)
      // CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE.
      let isKept = Plan.stackTools.contains(tool) && environment.isEmpty
      let left: Substring = isKept ? "0000000000080004" : "0000000000000000"
      try waitFor("\(tool) to give up its capabilities") {
        try Self.capabilities(of: run.process.pid) == ["CapEff": left, "CapPrm": left]
      }
      #expect(try run.stop().end == .exited(0))
      #expect(try setting.read() == "0")
    }

    @Test("where only CAP_BPF may read maps, that one is left", arguments: Plan.tools)
    func keepsTheNeeded(_ tool: String) throws {
      let setting = try Setting("/proc/sys/kernel/unprivileged_bpf_disabled", "2")
      let run = try TracedRun(tool)
      try waitFor("\(tool) to give up its capabilities") {
        let sets = try Self.capabilities(of: run.process.pid)
        // From 5.19 everybody may read the maps he has (c8644cd0efe7 "bpf: refine
        // kernel.unprivileged_bpf_disabled behaviour").
        let own: [Substring] =
          Plan.stackTools.contains(tool)
          ? ["0000000000080004", "0000008000080004"] : ["0000000000000000", "0000008000000000"]
        return own.contains(sets["CapEff"] ?? "")
          && sets["CapEff"] == sets["CapPrm"]
      }
      #expect(try run.stop().end == .exited(0))
      #expect(try setting.read() == "2")
    }

    private static func capabilities(of pid: pid_t) throws -> [Substring: Substring] {
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

    @Test("biosnoop and biotop need CAP_BPF and CAP_PERFMON only")
    func requests() throws {
      let disk = try LoopDisk()
      for tool in ["biosnoop", "biotop"] {
        let workload = try Workload("blocks", "23", "read", disk.path)
        let found = try rows(tool, ["-d", disk.name], "--pid", workload)
        #expect(found.reduce(0) { $0 + ($1["io"] ?? 1) } == 23, "\(tool)")
      }
    }

    @Test("runqlat needs CAP_BPF and CAP_PERFMON only")
    func waits() throws {
      let found = try rows("runqlat", [], "-p", try Workload("waits", "23", "20"))
      #expect(found.reduce(0) { $0 + $1.count(from: 16384) } >= 23)
    }
  }
}
