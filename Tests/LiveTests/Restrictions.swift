import Foundation
import Glibc
import Testing
import TraceKit

extension Live {
  /// Hosts that keep something from the tools: types, tracefs, memory, the reading
  /// of maps.
  @Suite struct Restrictions {
    /// A workload of each tool, with the filter that names it and the number of
    /// its events.
    private func count(
      _ tool: String, _ options: [String] = [], plan: String? = nil, environment: [String]
    ) throws -> Int {
      let disk = tool.hasPrefix("bio") ? try LoopDisk() : nil
      let mounted =
        ["cachestat", "fsdist", "fsslower"].contains(tool) ? try MountedDisk("ext4") : nil
      let workload: Workload =
        switch tool {
        case "opensnoop": try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
        case "fsdist", "fsslower":
          try Workload("opens", "23", "openat", mounted!.path + "/file", "\(O_CREAT)", "0")
        case "cachestat": try Workload("pages", "read", "1", "1009", mounted!.path + "/file")
        case "execsnoop":
          try Workload("execs", "23", "execve", Executable.path("workload"), "nothing")
        case "capable": try Workload("checks", "23", "sys_chroot")
        case "tcpretrans":
          try Workload("sessions", "--deaf", "23", "4", "0", "0")
        case "tcpconnect", "tcplife": try Workload("connects", "23", "4")
        case "biolatency", "biosnoop", "biotop":
          try Workload("blocks", "23", "read", disk!.path)
        case "funclatency", "gethostlatency": try Workload("lookups", "23")
        case "syscount": try Workload("calls", "23")
        case "profile": try Workload("burns", "997")
        case "offcputime": try Workload("naps", "23", "20")
        default: try Workload("waits", "23", "20")
        }
      let filter =
        [
          "execsnoop": "-P", "biolatency": "--pid", "biosnoop": "--pid", "cachestat": "--pid",
          "tcpretrans": "--pid",
        ][tool] ?? "-p"
      let run = try TracedRun(
        tool,
        ["--json", filter, "\(workload.pid)"] + (tool == "fsslower" ? ["-m", "0"] : []) + options,
        plan: plan, environment: environment)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows()
      return switch tool {
      case "biotop": rows.reduce(0) { $0 + ($1["io"] ?? 0) }
      case "biolatency", "fsdist", "funclatency": rows.reduce(0) { $0 + ($1["count"] ?? 0) }
      // Each page is read once and more.
      case "cachestat": min(23, rows.reduce(0) { $0 + ($1["hits"] ?? 0) + ($1["misses"] ?? 0) })
      // Each wait of this workload is longer than those that others cause.
      case "runqlat": min(23, rows.reduce(0) { $0 + $1.count(from: 16384) })
      // What came more than once says nothing of the tool.
      case "tcpretrans": Set(rows.map { $0["lport"] ?? 0 }).count
      // The workload is at both ends.
      case "tcplife": rows.count { $0["direction"] == "out" }
      case "syscount": rows.first { $0["syscall"] == "getppid" }?["count"] ?? 0
      // So many samples there are at least, and so many naps.
      case "profile": min(23, rows.reduce(0) { $0 + ($1["count"] ?? 0) })
      case "offcputime":
        min(23, rows.reduce(0) { $1["comm"] == "sleeper" ? $0 + ($1["count"] ?? 0) : $0 })
      default: rows.count
      }
    }

    /// The status and the words of a tool that ends by itself, or nil where it
    /// attaches.
    private func refusal(
      _ tool: String, _ options: [String] = [], plan: String? = nil, environment: [String]
    ) throws -> (status: Subprocess.End, words: String)? {
      let process = try TracedRun.startOrEnd(
        tool, ["--json"] + options, plan: plan, environment: environment)
      process.signal(SIGINT)
      let end = try process.wait()
      return process.errors.text.contains("attached by") ? nil : (end, process.errors.text)
    }

    static let types = "/sys/kernel/btf"

    @Test(
      "without the kernel's BTF a tool takes a plan that reads no types, or asks for them",
      arguments: Plan.tools)
    func noTypes(_ tool: String) throws {
      let environment = ["--hide", Self.types]
      guard let refusal = try refusal(tool, environment: environment) else {
        #expect(try count(tool, environment: environment) == 23)
        return
      }
      #expect(refusal.status == .exited(69))
      #expect(refusal.words.contains("the kernel has no BTF"), "\(refusal.words)")
      #expect(refusal.words.contains("--btf"), "\(refusal.words)")
    }

    @Test("and with --btf it counts as ever", arguments: Plan.tools)
    func typesOfAFile(_ tool: String) throws {
      // What attaches by types takes those of the kernel itself.
      guard Plan.all.contains(where: { $0.tool == tool && !$0.attachesByType }) else { return }
      let scratch = try Scratch()
      let file = scratch.path + "/types"
      try FileManager.default.copyItem(atPath: Self.types + "/vmlinux", toPath: file)
      let found = try count(tool, ["--btf", file], environment: ["--hide", Self.types])
      #expect(found == 23)
    }

    static let withoutTracefs = ["--no-tracefs"]

    @Test("without tracefs a tool takes a plan that needs none", arguments: Plan.tools)
    func noTracefs(_ tool: String) throws {
      #expect(try count(tool, environment: Self.withoutTracefs) == 23)
    }

    @Test(
      "a plan that needs it is refused with the cure, or where it is not to be read",
      arguments: Plan.all.filter { $0.hooks == "tracepoint" },
      [
        (withoutTracefs, "mount -t tracefs tracefs /sys/kernel/tracing"),
        (Privilege.tracing, "not readable"),
      ])
    func tracepointWithoutTracefs(_ plan: Plan, _ host: ([String], words: String)) throws {
      let refusal = try #require(
        try refusal(plan.tool, plan.options, plan: plan.hooks, environment: host.0))
      #expect(refusal.status == .exited(69))
      #expect(
        refusal.words.contains(host.words) || refusal.words.contains("bpf_task_pt_regs"),
        "\(refusal.words)")
    }

    @Test("little locked memory is enough, or named where it counts", arguments: Plan.tools)
    func lockedMemory(_ tool: String) throws {
      // A probe in user space takes root.
      let user = Plan.rootTools.contains(tool) ? [] : Privilege.tracing
      let environment = user + ["--memlock", "65536"]
      if KernelFeatures.countsLockedMemory == true, !Plan.rootTools.contains(tool) {
        let refusal = try #require(try refusal(tool, environment: environment))
        #expect(refusal.status == .exited(69))
        #expect(refusal.words.contains("ulimit -l"), "\(refusal.words)")
        // Root may raise it, and does.
        #expect(try count(tool, environment: ["--memlock", "65536"]) == 23)
      } else {
        #expect(try count(tool, environment: environment) == 23)
      }
    }

    @Test(
      "kernel.unprivileged_bpf_disabled changes nothing", arguments: Plan.tools, ["0", "2"])
    func unprivileged(_ tool: String, _ value: String) throws {
      let setting = try Setting("/proc/sys/kernel/unprivileged_bpf_disabled", value)
      // A probe in user space takes root.
      let environment = Plan.rootTools.contains(tool) ? [] : Privilege.tracing
      #expect(try count(tool, environment: environment) == 23)
      #expect(try setting.read() == value)
    }
  }

  /// A kernel that is locked down from its start. One that is not is tested by all
  /// other suites.
  @Suite(.enabled(if: LockdownState.mode != "none", "the kernel is not locked down"))
  struct Lockdown {
    @Test("a tool attaches, or says that the kernel is locked down", arguments: Plan.tools)
    func attaches(_ tool: String) throws {
      do {
        let result = try TracedRun(tool).stop()
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
