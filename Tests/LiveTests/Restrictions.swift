import Foundation
import Glibc
import Testing
import TraceKit

extension Live {
  /// Hosts that keep something from the tools: types, tracefs, memory, the reading
  /// of maps.
  @Suite struct Restrictions {
    /// The status and the words of a tool that ends by itself, or nil where it
    /// attaches.
    static func refusal(
      _ tool: String, _ options: [String] = [], plan: String? = nil, environment: [String]
    ) throws -> (status: Subprocess.End, words: String)? {
      let process = try TracedRun.startOrEnd(
        tool, ["--json"] + options, plan: plan, environment: environment)
      process.signal(SIGINT)
      let end = try process.wait()
      return process.errors.text.contains("attached by") ? nil : (end, process.errors.text)
    }

    static let types = "/sys/kernel/btf"

    @Test("without the kernel's BTF, with --btf, it counts as ever", arguments: ToolCase.models)
    func typesOfAFile(_ tool: ToolCase) throws {
      // What attaches by types takes those of the kernel itself.
      guard Plan.all.contains(where: { $0.tool == tool.name && !$0.attachesByType }) else {
        return
      }
      let scratch = try Scratch()
      let file = scratch.path + "/types"
      try FileManager.default.copyItem(atPath: Self.types + "/vmlinux", toPath: file)
      let found = try tool.count(["--btf", file], environment: ["--hide", Self.types])
      #expect(found == ToolCase.number)
    }

    static let withoutTracefs = ["--no-tracefs"]

    @Test(
      "a plan that needs it is refused with the cure, or where it is not to be read",
      arguments: Plan.all.filter { $0.hooks == "tracepoint" },
      [
        (withoutTracefs, "mount -t tracefs tracefs /sys/kernel/tracing"),
        (Privilege.tracing, "not readable"),
      ])
    func tracepointWithoutTracefs(_ plan: Plan, _ host: ([String], words: String)) throws {
      let refusal = try #require(
        try Self.refusal(plan.tool, plan.options, plan: plan.hooks, environment: host.0))
      #expect(refusal.status == .exited(69))
      #expect(
        refusal.words.contains(host.words) || refusal.words.contains("bpf_task_pt_regs"),
        "\(refusal.words)")
    }

    @Test("little locked memory is enough, or named where it counts", arguments: ToolCase.models)
    func lockedMemory(_ tool: ToolCase) throws {
      // A probe in user space needs root.
      let user = tool.needsRoot ? [] : Privilege.tracing
      let environment = user + ["--memlock", "65536"]
      if KernelFeatures.countsLockedMemory == true, !tool.needsRoot {
        let refusal = try #require(try Self.refusal(tool.name, environment: environment))
        #expect(refusal.status == .exited(69))
        #expect(refusal.words.contains("ulimit -l"), "\(refusal.words)")
        // Root may raise it, and does.
        #expect(try tool.count(environment: ["--memlock", "65536"]) == ToolCase.number)
      } else {
        #expect(try tool.count(environment: environment) == ToolCase.number)
      }
    }

    @Test(
      "kernel.unprivileged_bpf_disabled changes nothing", .alone,
      arguments: ToolCase.models, ["0", "2"])
    func unprivileged(_ tool: ToolCase, _ value: String) throws {
      let setting = try Setting("/proc/sys/kernel/unprivileged_bpf_disabled", value)
      // A probe in user space needs root.
      let environment = tool.needsRoot ? [] : Privilege.tracing
      #expect(try tool.count(environment: environment) == ToolCase.number)
      #expect(try setting.read() == value)
    }
  }

  /// A kernel that is locked down from its start. One that is not is tested by all
  /// other suites.
  @Suite(.enabled(if: LockdownState.mode != "none", "the kernel is not locked down"))
  struct Lockdown {
    @Test("a tool attaches, or says that the kernel is locked down", arguments: ToolCase.all)
    func attaches(_ tool: ToolCase) throws {
      do {
        let result = try TracedRun(tool.name).stop()
        #expect(result.end == .exited(0))
        #expect(result.leftInKernel == "")
      } catch let error as LiveError {
        #expect(LockdownState.mode == "confidentiality", "\(error)")
        #expect(error.description.contains("locked down (confidentiality)"), "\(error)")
      }
    }

    @Test("under integrity 23 opens are 23")
    func opens() throws {
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let process = try TracedRun.startOrEnd("opensnoop", ["--json", "-p", "\(workload.pid)"])
      try workload.run()
      process.signal(SIGINT)
      let end = try process.wait()
      let isOpen = LockdownState.mode == "integrity"
      #expect(end == .exited(isOpen ? 0 : 69))
      let lines = process.output.text.split(separator: "\n")
      #expect(lines.count == (isOpen ? 24 : 0))
    }
  }
}

/// What the kernel was locked down to when it started.
enum LockdownState {
  /// The word between brackets; none where the kernel has no lockdown.
  static let mode: String = {
    let path = "/sys/kernel/security/lockdown"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return "none" }
    return text.split(separator: "[").last.map { String($0.prefix { $0 != "]" }) } ?? "none"
  }()
}

/// A setting of the kernel, as it was again at the end.
final class Setting {
  private let path: String
  private let before: String

  init(_ path: String, _ value: String) throws {
    self.path = path
    before = try String(contentsOfFile: path, encoding: .utf8)
    try value.write(toFile: path, atomically: false, encoding: .utf8)
  }

  func read() throws -> String {
    try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  deinit {
    try? before.write(toFile: path, atomically: false, encoding: .utf8)
  }
}
