import Foundation
import Testing
import TraceKit

/// The ways in which a tool can hook into the kernel, and which this one offers.
struct Plan: CustomTestStringConvertible {
  let tool: String
  /// What `--hooks` is given.
  let hooks: String
  /// Options that have plans of their own.
  var options: [String] = []

  var testDescription: String { ([tool] + options + [hooks]).joined(separator: " ") }

  static let all =
    ["fentry", "tracepoint", "tp_btf", "raw_tp"].map { Plan(tool: "opensnoop", hooks: $0) }
    + ["tp_btf", "raw_tp"].map { Plan(tool: "execsnoop", hooks: $0) }
    + ["tracepoint", "tp_btf"].map { Plan(tool: "execsnoop", hooks: $0, options: ["-x"]) }
    + ["fentry", "kprobe"].map { Plan(tool: "funclatency", hooks: $0, options: ["vfs_read"]) }
    + [Plan(tool: "funclatency", hooks: "uprobe", options: ["c:getppid"])]
    + [Plan(tool: "gethostlatency", hooks: "uprobe")]
    + ["tp_btf", "raw_tp"].map { Plan(tool: "tcpconnect", hooks: $0) }
    + ["tracepoint", "tp_btf"].map { Plan(tool: "tcpconnect", hooks: $0, options: ["-x"]) }
    + ["biolatency", "biosnoop", "biotop"].flatMap { tool in
      ["tp_btf", "raw_tp"].map { Plan(tool: tool, hooks: $0) }
    }
    + ["tracepoint", "tp_btf", "raw_tp"].map { Plan(tool: "tcplife", hooks: $0) }
    + ["fentry:1", "fentry:2", "tp_btf"].map { Plan(tool: "cachestat", hooks: $0) }
    + ["tp_btf", "raw_tp"].map { Plan(tool: "offcputime", hooks: $0) }
    + ["tp_btf", "raw_tp"].map { Plan(tool: "offcputime", hooks: $0, options: ["--wakers"]) }
    + ["perf_event:1", "perf_event:2"].map { Plan(tool: "profile", hooks: $0) }
    + ["tracepoint", "tp_btf", "raw_tp"].map { Plan(tool: "tcpretrans", hooks: $0) }
    + ["fentry", "kprobe"].map { Plan(tool: "tcpretrans", hooks: $0, options: ["-l"]) }
    + ["fentry", "tp_btf", "raw_tp", "kprobe"].map { Plan(tool: "capable", hooks: $0) }
    + ["fentry", "kprobe"].map { Plan(tool: "capable", hooks: $0, options: ["--audited"]) }
    + ["fentry", "tp_btf"].map { Plan(tool: "fsdist", hooks: $0) }
    + ["fentry", "tp_btf"].map { Plan(tool: "fsslower", hooks: $0) }
    + ["tp_btf:1", "tp_btf:2", "raw_tp:1", "raw_tp:2"].map { Plan(tool: "runqlat", hooks: $0) }
    + ["tp_btf", "raw_tp"].map { Plan(tool: "syscount", hooks: $0) }
    + ["tp_btf", "raw_tp"].map { Plan(tool: "syscount", hooks: $0, options: ["-L"]) }

  /// The plans of a tool that work here. Which do not is told, with the reason,
  /// and judged by the test of the plans.
  static func offered(_ tool: String, _ options: String...) -> [Plan] {
    all.filter { $0.tool == tool && $0.options == options && $0.obstacle == nil }
  }

  /// Each tool has a plan at least.
  static let tools = Set(all.map(\.tool)).sorted()

  /// Those that name stacks, for which they keep two capabilities.
  static let stackTools = ["offcputime", "profile"]

  /// Those whose hooks can all be in programs of user space.
  static let probeTools = ["funclatency", "gethostlatency"]

  /// Those that an ordinary user cannot have attach: the kernel asks for CAP_SYS_ADMIN for
  /// a probe in user space, and Debian's with kernel.perf_event_paranoid=3 for all events.
  static let rootTools: [String] = {
    let paranoid = try? String(
      contentsOfFile: "/proc/sys/kernel/perf_event_paranoid", encoding: .utf8)
    return probeTools + (paranoid?.hasPrefix("3") == true ? ["profile"] : [])
  }()

  var attachesByType: Bool { hooks.hasPrefix("fentry") || hooks.hasPrefix("tp_btf") }

  /// Why it does not work here; nil where it does.
  var obstacle: String? { Self.obstacles[testDescription] ?? "it is not in the list" }

  private static let obstacles: [String: String?] = {
    var found: [String: String?] = [:]
    for plan in all { found[plan.testDescription] = .some(plan.tryOut()) }
    return found
  }()

  private func tryOut() -> String? {
    do {
      let process = try TracedRun.startOrEnd(tool, options + ["--json"], plan: hooks)
      process.signal(SIGINT)
      let end = try process.wait()
      if end == .exited(0) { return nil }
      return end == .exited(69)
        ? process.errors.text.split(separator: "\n").last.map(String.init)
        : "\(end): \(process.errors.text)"
    } catch {
      return "\(error)"
    }
  }

  /// Runs the tool by this plan, with a workload, to a fine end.
  ///
  /// - Parameter names: what stands for the workload in an argument, such as `@` for its
  ///   process, in the order in which it is replaced.
  func trace(
    _ workload: Workload, _ arguments: [String], naming names: KeyValuePairs<String, String>
  ) throws -> RunResult {
    let named = arguments.map { argument in
      names.reduce(argument) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
    }
    let run = try run(named)
    try workload.run()
    let result = try run.stop()
    #expect(result.end == .exited(0), "\(result.errors)")
    #expect(result.leftInKernel == "")
    return result
  }

  /// Starts the tool by this plan.
  func run(
    _ arguments: [String] = [], environment: [String] = [], output: Subprocess.Sink = .memory
  ) throws -> TracedRun {
    try TracedRun(
      tool, ["--json"] + options + arguments, plan: hooks, environment: environment,
      output: output)
  }
}

extension Live {
  @Suite struct Plans {
    @Test("every plan works, or the kernel lacks a feature that is named", arguments: Plan.all)
    func plan(_ plan: Plan) throws {
      let verdict = plan.obstacle.map { "absent\t\($0)" } ?? "passed"
      print(
        "PLAN\t\(([plan.tool] + plan.options).joined(separator: " "))\t\(plan.hooks)\t\(verdict)")
      guard let obstacle = plan.obstacle else { return }
      #expect(obstacle.contains("this kernel does not offer"), "\(obstacle)")
      switch plan.hooks.prefix(while: { $0 != ":" }) {
      case _ where plan.tool == "cachestat":
        // Which functions and tracepoints there are differs between kernels.
        #expect(
          obstacle.contains("has no function or tracepoint of that name")
            || plan.hooks.hasPrefix("fentry") && KernelFeatures.fentry != .yes, "\(obstacle)")
      case "fentry":
        #expect(KernelFeatures.fentry != .yes, "the kernel has fentry, and yet: \(obstacle)")
      case "kprobe":
        #expect(KernelFeatures.kprobes != .yes, "the kernel has kprobes, and yet: \(obstacle)")
      case "tp_btf" where plan.tool == "capable", "raw_tp" where plan.tool == "capable":
        // Old kernels lack the tracepoint.
        #expect(!KernelSymbols.has("__traceiter_cap_capable"), "\(obstacle)")
      case "uprobe":
        #expect(KernelFeatures.uprobes != .yes, "the kernel has uprobes, and yet: \(obstacle)")
      case "tracepoint":
        // bpf_task_pt_regs came with 5.15.
        #expect(
          KernelFeatures.tracefs == nil || !KernelSymbols.has("bpf_task_pt_regs"),
          "the kernel has tracepoints and bpf_task_pt_regs, and yet: \(obstacle)")
      case "tp_btf" where plan.hooks.hasSuffix(":1"), "raw_tp" where plan.hooks.hasSuffix(":1"):
        #expect(obstacle.contains("account"), "\(obstacle)")
      case "perf_event" where plan.hooks.hasSuffix(":1"):
        // A virtual machine seldom has a counter.
        #expect(obstacle.contains("no such counter"), "\(obstacle)")
      default:
        Issue.record("every kernel offers this plan, and yet: \(obstacle)")
      }
    }

    @Test("each tool has a plan that works here", arguments: Plan.tools)
    func everyToolWorks(_ tool: String) throws {
      let run = try TracedRun(tool)
      let kind = try #require(run.attachment)
      print("PLAN\t\(tool)\tdefault=\(kind)\tpassed")
      let result = try run.stop()
      #expect(result.end == .exited(0))
      #expect(result.leftInKernel == "")
    }
  }
}

/// The kernel's own functions, by name.
enum KernelSymbols {
  private static let names: Set<Substring> = {
    // Foundation takes a read of less than it asked for as the end, and proc often gives less.
    let text = File.contents(of: "/proc/kallsyms") ?? ""
    return Set(
      text.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(2).first })
  }()

  static func has(_ name: String) -> Bool { names.contains(Substring(name)) }
}
