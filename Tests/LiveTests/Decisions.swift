import Foundation
import Testing
import TraceKit

extension Live {
  /// lsmsnoop shows what security modules decide on, with the verdict.
  @Suite struct Decisions {
    static let plans = Plan.offered("lsmsnoop")
    private static let number = 23
    /// Options of `workload env` for a user without capabilities, and for a process that
    /// Landlock restricts.
    private static let nobody = ["--uid", "65534"], restricted = ["--landlock"]

    private struct Trace {
      var rows: [Row]
      var pid: Int
      var announcement: String
    }

    /// In an option `@` stands for the workload's process.
    private func trace(
      _ plan: Plan, _ work: [String], as environment: [String] = [],
      _ options: [String] = ["-p", "@"]
    ) throws -> Trace {
      let workload = try Workload(work, environment: environment)
      let run = try plan.run(options.map { $0 == "@" ? "\(workload.pid)" : $0 })
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(result.errors.contains("cannot be traced here") == !Self.hasFunctions(plan))
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["seen"] == rows.count && summary["lost"] == 0)
      return Trace(rows: rows, pid: workload.pid, announcement: workload.announcement)
    }

    private static func hasFunctions(_ plan: Plan) -> Bool { plan.hooks == "fentry" }

    private static func hasEvent(_ name: String) -> Bool {
      KernelFeatures.tracefs.map { File.exists($0 + "/events/" + name) } ?? false
    }

    private static let hasLandlock =
      File.contents(of: "/proc/kallsyms")?.contains("sys_landlock_restrict_self") ?? false

    private static func real(_ path: String) -> String {
      URL(filePath: path).resolvingSymlinksInPath().path
    }

    /// The rows of a kind that are about an object.
    private func expect(
      _ trace: Trace, kind: String, object: String, verdict: String, error: Int = 0,
      operation: String? = nil, count: Int = number
    ) {
      let rows = trace.rows.filter {
        $0["kind"] == kind && $0["object"] == object && $0["operation"] == operation ?? kind
      }
      #expect(rows.count == count, "\(kind) \(object): \(trace.rows.map(\.values))")
      for row in rows {
        #expect(row["verdict"] == verdict && row["err"] == error, "\(row.values)")
        #expect(row.bool("truncated") == false)
      }
    }

    @Test("23 opens are allowed, with the whole path", arguments: plans)
    func opens(_ plan: Plan) throws {
      let trace = try trace(
        plan, ["opens", "--chdir", "/etc", "23", "openat", "passwd", "0", "0"])
      expect(trace, kind: "open", object: "/etc/passwd", verdict: "allow")
      for row in trace.rows {
        #expect(row["pid"] == trace.pid && row["comm"] == "workload" && row["uid"] == 0)
        #expect((row["syscall"] == "openat") == !Self.hasFunctions(plan))
      }
    }

    @Test("what Landlock refuses is denied", arguments: plans)
    func refusals(_ plan: Plan) throws {
      guard Self.hasLandlock else { return }
      // O_WRONLY
      let opens = try trace(
        plan, ["opens", "23", "openat", "/etc/passwd", "1", "0"], as: Self.restricted)
      expect(opens, kind: "open", object: "/etc/passwd", verdict: "deny", error: 13)
      let reads = try trace(plan, ["decisions", "23", "parent"], as: Self.restricted)
      expect(
        reads, kind: "ptrace", object: reads.announcement, verdict: "deny", error: 1)
    }

    @Test("programs, mounts, other processes, BPF and modules", arguments: plans)
    func kinds(_ plan: Plan) throws {
      // Which no other test starts.
      let scratch = try Scratch()
      let program = try scratch.copy(of: Self.real("/usr/bin/true"), as: "true")
      let execs = try trace(plan, ["execs", "23", "execve", program], ["-k", "exec"])
      expect(execs, kind: "exec", object: Self.real(program), verdict: "allow")
      let mounts = try trace(plan, ["mounts", "23", "/tmp", "mount", "umount"])
      expect(mounts, kind: "mount", object: "/tmp", verdict: "allow")
      expect(mounts, kind: "mount", object: "/tmp", verdict: "allow", operation: "unmount")
      let reads = try trace(plan, ["decisions", "23", "child"])
      expect(reads, kind: "ptrace", object: reads.announcement, verdict: "allow")
      let maps = try trace(plan, ["decisions", "23", "map"])
      expect(maps, kind: "bpf", object: "MAP_CREATE", verdict: "allow")
      // A kernel may have no modules. A file that is none fails later than the hook.
      guard Self.hasEvent("syscalls/sys_exit_finit_module") else { return }
      let modules = try trace(plan, ["decisions", "23", "module"])
      expect(
        modules, kind: "module", object: Self.real(Executable.path("workload")), verdict: "allow",
        count: Self.hasFunctions(plan) ? Self.number : 0)
    }

    @Test("who lacks a capability is denied", arguments: plans)
    func capabilities(_ plan: Plan) throws {
      let work = ["checks", "23", "sys_chroot"]
      if Self.hasEvent("syscalls/sys_exit_finit_module") {
        // The lack of a capability refuses before the hook is asked.
        let modules = try trace(plan, ["decisions", "23", "module"], as: Self.nobody)
        expect(
          modules, kind: "module", object: Self.real(Executable.path("workload")), verdict: "deny",
          error: 1,
          count: Self.hasFunctions(plan) ? 0 : Self.number)
      }
      guard Self.hasFunctions(plan) || Self.hasEvent("capability/cap_capable") else { return }
      let allowed = try trace(plan, work), denied = try trace(plan, work, as: Self.nobody)
      expect(allowed, kind: "capability", object: "CAP_SYS_CHROOT", verdict: "allow")
      expect(
        denied, kind: "capability", object: "CAP_SYS_CHROOT", verdict: "deny", error: 1)
    }

    @Test("the tool does not show itself", arguments: plans)
    func itself(_ plan: Plan) throws {
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let run = try plan.run(), tool = Int(run.process.pid)
      try workload.run()
      let rows = try run.stop().rows()
      #expect(rows.contains { $0["pid"] == workload.pid })
      #expect(!rows.contains { $0["pid"] == tool })
    }

    @Test("filters let decisions through, or keep them out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let work = ["opens", "23", "openat", "/etc/passwd", "0", "0"]
      for (options, isShown) in [
        (["-k", "open,exec", "-p", "@"], true), (["-k", "mount,bpf", "-p", "@"], false),
        (["-x", "-p", "@"], false), (["--comm", "workload", "-p", "@"], true),
        (["--comm", "work", "-p", "@"], false), (["-p", "1"], false),
        (["--uid", "65533"], false),
      ] {
        let rows = try trace(plan, work, options).rows.filter { $0["object"] == "/etc/passwd" }
        #expect(rows.count == (isShown ? Self.number : 0), "\(options)")
      }
      // The bits of the mode refuse before a module is asked.
      let path = "/tmp/live-secret-\(UUID())"
      #expect(
        FileManager.default.createFile(
          atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]))
      defer { unlink(path) }
      let denied = try trace(
        plan, ["opens", "23", "openat", path, "0", "0"], as: Self.nobody,
        ["-x", "-k", "open", "-p", "@"])
      expect(
        denied, kind: "open", object: path, verdict: "deny", error: 13,
        count: Self.hasFunctions(plan) ? 0 : Self.number)
    }
  }
}
