import Foundation
import Testing
import TraceKit

extension Live {
  /// ksnoop prints the values of calls with the types that the kernel gives them.
  @Suite struct SnoopedFunctions {
    /// The ways to see functions that work here.
    static let functions = Plan.offered("ksnoop", "trace", "do_sys_openat2(dfd)")

    private func trace(
      _ workload: Workload, _ arguments: [String], plan: String? = nil, json: Bool = true
    ) throws -> RunResult {
      let run = try TracedRun(
        "ksnoop", (json ? ["--json"] : []) + ["-p", "\(workload.pid)"] + arguments, plan: plan)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      if json { #expect(try result.summary()["lost"] == 0) }
      return result
    }

    /// The values of each row by their names.
    private func values(_ rows: [Row]) -> [[String: Value]] {
      rows.map { row in
        let all = row.values["args"] as? [[String: Any]] ?? []
        return Dictionary(
          all.map { ($0["name"] as? String ?? "?", Value(values: $0)) }
        ) { first, _ in first }
      }
    }

    private struct Value {
      let values: [String: Any]

      var number: Int? { (values["value"] as? NSNumber)?.intValue }
      var text: String? { values["value"] as? String }
      var type: String? { values["type"] as? String }
      var leftOut: Int { (values["left_out"] as? NSNumber)?.intValue ?? 0 }

      func member(_ path: String...) -> Int? {
        var value = values["value"]
        for name in path { value = (value as? [String: Any])?[name] }
        return (value as? NSNumber)?.intValue
      }
    }

    private static let signals = ["signals", "23", "kill", "10", "waits"]

    private func signals(
      _ function: String, _ options: [String] = []
    ) throws -> (
      rows: [Row], values: [[String: Value]], workload: Workload
    ) {
      let workload = try Workload(Self.signals)
      let rows = try trace(workload, options + ["trace", function]).rows()
      return (rows, values(rows), workload)
    }

    @Test("arguments of a tracepoint, and what they lead to")
    func arguments() throws {
      let (rows, values, workload) = try signals(
        "t:signal:signal_generate(sig == 10, task->tgid, task->comm, info)")
      let target = workload.announcement.split(separator: " ").compactMap { Int($0) }.last
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["func"] == "signal_generate" && $0["moment"] == "tracepoint" })
      for value in values {
        #expect(value["sig"]?.number == 10 && value["sig"]?.type == "int")
        #expect(value["task->tgid"]?.number == target)
        #expect(value["task->comm"]?.text == "workload")
        let info = value["info"]
        #expect(info?.type == "struct kernel_siginfo *" && info?.leftOut == 0)
        #expect(info?.member("si_signo") == 10)
        #expect(info?.member("_sifields", "_kill", "_pid") == workload.pid)
      }
    }

    @Test("a predicate keeps out what is not true")
    func predicates() throws {
      #expect(try signals("t:signal_generate(sig == 11)").rows.isEmpty)
      let (_, values, _) = try signals("t:signal_generate(sig > 9 && sig < 11, sig)")
      #expect(values.count == 23 && values.allSatisfy { $0.keys.sorted() == ["sig"] })
      for (word, count) in [("work", 23), ("word", 0)] {
        let function = "t:signal_generate(sig == 10, STRCMP(\"\(word)\", task->comm) != 0)"
        #expect(try signals(function).rows.count == count)
      }
    }

    @Test("all arguments without a list, and of a large structure the begin")
    func everything() throws {
      let (rows, values, _) = try signals(
        "t:signal_generate", ["--struct-size", "1500", "--max-events", "23"])
      #expect(rows.count == 23)
      for value in values where value["sig"]?.number == 10 {
        #expect(value.keys.sorted() == ["group", "info", "result", "sig", "task"])
        #expect(value["group"]?.number == 1)
        let task = value["task"]
        #expect(task?.type == "struct task_struct *" && task?.leftOut ?? 0 > 0)
        #expect(task?.member("prio") == 120)
      }
    }

    @Test("a table has what C has, a line for each member that is not 0")
    func table() throws {
      let workload = try Workload(Self.signals)
      let text = try trace(
        workload, ["--max-events", "1", "trace", "t:signal_generate(sig == 10, info)"],
        json: false
      ).text
      let lines = text.split(separator: "\n").map(String.init)
      #expect(lines.first?.hasSuffix("CPU PID     FUNCTION/ARGS") == true, "\(text)")
      #expect(lines.dropFirst().first?.hasSuffix(" signal_generate(") == true, "\(text)")
      #expect(lines.contains("    sig = (int)10,") && lines.contains("  );"), "\(text)")
      #expect(lines.contains("      .si_signo = (int)10,"), "\(text)")
      #expect(lines.contains("        ._kill = (struct {...}){"), "\(text)")
      #expect(lines.contains("          ._pid = (__kernel_pid_t)\(workload.pid),"), "\(text)")
      #expect(!text.contains("si_errno"), "\(text)")
    }

    @Test("info prints what C declares, for anybody")
    func info() throws {
      let process = try Subprocess(
        [Executable.path("ksnoop"), "info", "vfs_read", "t:signal_generate"])
      try process.wait()
      #expect(
        process.output.text
          == """
          ssize_t vfs_read(struct file *file, char *buf, size_t count, loff_t *pos);
          void signal_generate(int sig, struct kernel_siginfo *info, struct task_struct *task, \
          int group, int result);

          """)
    }

    @Test("functions are refused in one sentence where the kernel has no way to them")
    func refusal() throws {
      guard Self.functions.isEmpty else { return }
      let process = try Subprocess([Executable.path("ksnoop"), "trace", "vfs_rmdir"])
      try process.wait()
      #expect(process.poll() == .exited(69))
      #expect(process.errors.text.split(separator: "\n").count == 1, "\(process.errors.text)")
    }

    // MARK: Functions

    /// Makes and removes 23 directories, which are called 0 to 22.
    private func rmdirs(_ plan: Plan, _ options: [String]) throws -> [Row] {
      let disk = try MountedDisk("tmpfs")
      let workload = try Workload(["vfs", "23", disk.path, "mkdir", "rmdir"])
      return try trace(workload, options, plan: plan.hooks).rows()
    }

    private func moments(_ rows: [Row]) -> [String] { rows.map { $0["moment"] ?? "?" } }

    @Test("23 calls of a function begin and return", arguments: functions)
    func calls(_ plan: Plan) throws {
      let rows = try rmdirs(plan, ["trace", "vfs_rmdir(dentry->d_name.name, return)"])
      #expect(moments(rows) == (0..<46).map { $0 % 2 == 0 ? "entry" : "return" })
      let values = values(rows)
      #expect(
        values.compactMap { $0["dentry->d_name.name"]?.text } == (0..<23).map { "\($0)" })
      #expect(values.compactMap { $0["return"]?.number } == Array(repeating: 0, count: 23))
    }

    @Test("all arguments of a function, structures with them", arguments: functions)
    func structures(_ plan: Plan) throws {
      let rows = try rmdirs(plan, ["trace", "vfs_rmdir"])
      #expect(rows.count == 46)
      for value in values(rows.filter { $0["moment"] == "entry" }) {
        #expect(value["dir"]?.type == "struct inode *" && value["dentry"] != nil)
        #expect((value["dir"]?.member("i_mode") ?? 0) & 0o170000 == 0o40000)
      }
    }

    @Test("the begin of a call is shown with its return, if both pass", arguments: functions)
    func both(_ plan: Plan) throws {
      let rows = try rmdirs(
        plan, ["trace", "vfs_rmdir(dentry->d_name.name[1] != 0, dentry->d_name.name, return == 0)"])
      #expect(moments(rows) == (0..<26).map { $0 % 2 == 0 ? "entry" : "return" })
      #expect(
        values(rows).compactMap { $0["dentry->d_name.name"]?.text } == (10..<23).map { "\($0)" })
      #expect(try rmdirs(plan, ["trace", "vfs_rmdir(dentry->d_name.name, return != 0)"]).isEmpty)
      #expect(try rmdirs(plan, ["trace", "vfs_rmdir(return)"]).count == 23)
    }

    @Test(
      "functions of a module with its types, by their names alone and with the module's",
      .enabled(if: hasModule), arguments: functions)
    func module(_ plan: Plan) throws {
      let disk = try MountedDisk("xfs")
      for function in ["xfs_remove", "xfs:xfs_remove"] {
        let workload = try Workload(["vfs", "23", disk.path, "mkdir", "rmdir"])
        let rows = try trace(
          workload, ["trace", "\(function)(dp, \(Self.isXFS), name->len, return)"],
          plan: plan.hooks
        ).rows()
        #expect(moments(rows) == (0..<46).map { $0 % 2 == 0 ? "entry" : "return" })
        #expect(rows.allSatisfy { $0["func"] == "xfs_remove" })
        let values = values(rows)
        #expect(values.compactMap { $0["name->len"]?.number } == (0..<23).map { $0 < 10 ? 1 : 2 })
        #expect(values.compactMap { $0["return"]?.number } == Array(repeating: 0, count: 23))
        let types = values.compactMap { $0["dp"]?.type }
        #expect(types.count == 23)
        #expect(types.allSatisfy { ["struct xfs_inode *", "xfs_inode_t *"].contains($0) })
      }
    }

    @Test("a tracepoint of a module", .enabled(if: hasModule))
    func moduleTracepoint() throws {
      let disk = try MountedDisk("xfs")
      let workload = try Workload(["vfs", "23", disk.path, "mkdir", "rmdir"])
      let rows = try trace(workload, ["trace", "t:xfs:xfs_remove(\(Self.isXFS))"]).rows()
      let numbers = values(rows).compactMap { $0["dp->i_mount->m_sb.sb_magicnum"]?.number }
      #expect(numbers == Array(repeating: 0x5846_5342, count: 23))
    }

    /// Whether the types of a module that can be used here are known (from 5.11).
    private static let hasModule = File.exists("/sys/kernel/btf/xfs")
    /// The magic number of the file system, by two structures of the module.
    private static let isXFS = "dp->i_mount->m_sb.sb_magicnum == 0x58465342"

    @Test("with -s functions are shown if each is called by the one before", arguments: functions)
    func stack(_ plan: Plan) throws {
      let rows = try rmdirs(
        plan, ["-s", "trace", "vfs_rmdir()", "shmem_rmdir(dentry->d_name.name)"])
      #expect(rows.count == 46)
      #expect(
        rows.map { $0["func"] ?? "?" }
          == (0..<46).map { $0 % 2 == 0 ? "vfs_rmdir" : "shmem_rmdir" })
      let all = try rmdirs(plan, ["-s", "trace", "vfs_rmdir", "shmem_rmdir"])
      #expect(moments(all) == (0..<92).map { $0 % 4 < 2 ? "entry" : "return" })
      #expect(try rmdirs(plan, ["-s", "trace", "shmem_rmdir", "vfs_rmdir"]).isEmpty)
    }
  }
}
