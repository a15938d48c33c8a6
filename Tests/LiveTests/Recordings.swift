import Foundation
import Testing
import TraceKit

extension Live {
  /// What a run records is what a replay prints, on any machine and for any user.
  @Suite struct Recordings {
    static let formats = ["table", "json", "csv"]
    static let all = [
      "time", "pid", "tid", "uid", "user", "ppid", "mntns", "cgroup", "unit", "container", "comm",
      "fd", "err", "flags", "mode", "path",
    ].joined(separator: ",")

    /// What a tool prints of a recording, as a user who may not trace.
    private func replay(
      _ file: String, _ options: [String] = [], by tool: String = "opensnoop", status: Int32 = 0
    ) throws -> RunResult {
      chmod(file, 0o644)
      let process = try Subprocess(
        [Executable.path("workload"), "env", "--uid", Privilege.user, "--", Executable.path(tool)]
          + ["--replay", file] + options)
      let end = try process.wait()
      #expect(end == .exited(status), "\(options): \(process.errors.text)")
      return RunResult(
        end: end, output: process.output.data, errors: process.errors.text, leftInKernel: "")
    }

    /// Records a workload of 23 opens.
    private func record(
      _ file: String, _ options: [String], of path: String = "/etc/passwd", only: Bool = true
    ) throws -> (pid: Int, result: RunResult) {
      let workload = try Workload("opens", "23", "openat", path, "0", "0")
      let filter = only ? ["-p", "\(workload.pid)"] : []
      let run = try TracedRun("opensnoop", filter + ["--record", file] + options)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (workload.pid, result)
    }

    @Test("a replay of 23 opens prints the bytes of the run", arguments: formats, ["", all])
    func same(_ format: String, _ columns: String) throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let options = ["--format", format] + (columns.isEmpty ? [] : ["--columns", columns])
      let (_, result) = try record(path, options)
      #expect(result.lines.count == 24)
      let replayed = try replay(path, options)
      #expect(replayed.output == result.output)
      #expect(replayed.errors == "")
    }

    @Test("a replay shows what the run did not, and filters")
    func other() throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let (pid, _) = try record(path, ["--json"], of: "/no such file", only: false)
      let columns = ["--json", "--columns", "+user,+cgroup,+ppid"]
      for filter in [["-p", "\(pid)"], ["-x", "-p", "\(pid)", "--comm", "work*", "-u", "root"]] {
        let rows = try replay(path, columns + filter).rows()
        #expect(rows.count == 23)
        #expect(
          rows.allSatisfy {
            $0["pid"] == pid && $0["path"] == "/no such file" && $0["user"] == "root"
              && $0["ppid"] == Int(getpid())
          })
      }
      let none = ["-p", "\(pid)", "--comm", "other"]
      #expect(try replay(path, columns + none).rows().isEmpty)
      #expect(try replay(path, columns + ["--max-events", "5"]).rows().count == 5)
    }

    @Test("what only a run can do is refused by its name")
    func refused() throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      _ = try record(path, ["--json"])
      let options = [
        ["-F"], ["--follow", "-p", "1"], ["--hooks", "tp_btf"], ["--check"],
        ["--buffer-size", "1M"], ["-d", "1"], ["--", "true"],
      ]
      for option in options {
        let result = try replay(path, option, status: 64)
        let name = option[0] == "-d" ? "--duration" : option[0] == "--" ? "command" : option[0]
        #expect(result.errors.contains(name) && result.lines.isEmpty, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
      }
      let other = try replay(path, by: "execsnoop", status: 64)
      #expect(other.errors.hasSuffix("is a recording of opensnoop, not of execsnoop\n"))
    }

    @Test("a recording that was cut off is read to its last whole block")
    func cut() throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let (_, result) = try record(path, ["--json"])
      let whole = try Data(contentsOf: URL(filePath: path))
      try whole.dropLast(1).write(to: URL(filePath: path))
      let replayed = try replay(path, ["--json"])
      #expect(try replayed.rows().count == 23)
      #expect(replayed.lines.dropLast() == result.lines.dropLast())
      #expect(replayed.errors.contains("ends in the middle of a block"))
      #expect(replayed.errors.contains("after 23 events"))
    }

    @Test("a disk that is full ends the recording, not the run")
    func full() throws {
      let scratch = try Scratch()
      try #require(mount("none", scratch.path, "tmpfs", 0, "size=8k") == 0)
      defer { umount2(scratch.path, Int32(MNT_DETACH)) }
      let path = scratch.path + "/recording"
      let workload = try Workload("opens", "2003", "openat", "/etc/passwd", "0", "0")
      let run = try TracedRun("opensnoop", ["-p", "\(workload.pid)", "--json", "--record", path])
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(1))
      #expect(try result.rows().count == 2003)
      let sentences = result.errors.split(separator: "\n").filter { $0.contains("--record") }
      #expect(sentences.count == 1 && sentences[0].contains("No space left on device"))
      let replayed = try replay(path, ["--json"])
      #expect(try replayed.rows().count < 2003)
      #expect(replayed.errors.contains("without the account"))
    }

    /// Whose columns ask the machine, change their order, or come from its state.
    static let tools = [
      "biosnoop", "capable", "dropsnoop", "execsnoop", "exitsnoop", "filelife", "lsmsnoop",
      "tcpconnect", "threadsnoop",
    ]

    @Test(
      "what other tools show of their events is replayed",
      arguments: ToolCase.all.filter { tools.contains($0.name) })
    func others(_ tool: ToolCase) throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let scene = try ToolCase.Scene(tool)
      let options = tool.arguments(for: scene.workload) + ["--json", "--record", path]
      let run = try TracedRun(tool.name, options)
      try scene.workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(tool.number(in: try result.rows()) >= 23)
      // Whose descendants were traced is not asked again.
      let shown = (tool.options ?? []).filter { $0 != "--follow" }
      let replayed = try replay(path, shown + ["--json"], by: tool.name)
      #expect(replayed.output == result.output)
    }

    /// One of each runner that prints at intervals, and those with more in a table than columns.
    static let counting = ToolCase.all.filter { tool in
      ["biolatpcts", "hardirqs", "klockstat", "runqlen", "tcptop", "wqlat"].contains(tool.name)
        || ["histogram", "ranked", "sample", "summary"].contains(tool.runner)
          && ToolCase.models.contains { $0.name == tool.name }
    }

    @Test(
      "tables and histograms are replayed as they were, and in other formats", arguments: counting)
    func intervals(_ tool: ToolCase) throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let scene = try ToolCase.Scene(tool)
      let needed = TracedRun.needed(tool.name)
      // Some have the interval as an argument.
      let hasInterval = tool.options?.first.map { !$0.hasPrefix("-") } ?? false
      let options =
        needed + tool.arguments(for: scene.workload) + (hasInterval ? [] : tool.interval ?? [])
      let run = try TracedRun(tool.name, options + ["--record", path])
      try scene.workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try replay(path, options, by: tool.name).output == result.output)
      let records = try replay(path, needed + ["--json"], by: tool.name)
      #expect(tool.number(in: try records.rows()) == ToolCase.number)
      #expect(try records.summary()["lost"] == 0)
      let table = try replay(
        path, needed + ["--format", "csv", "--time-format", "none"], by: tool.name)
      #expect(table.lines.count > 1 && table.errors == "")
    }

    @Test(
      "a replay of JSON at intervals prints the bytes of the run",
      arguments: ["biolatency", "biotop"])
    func intervalRecords(_ name: String) throws {
      let tool = ToolCase.of(name)
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let scene = try ToolCase.Scene(tool)
      let options = tool.arguments(for: scene.workload) + (tool.interval ?? []) + ["--json"]
      let run = try TracedRun(tool.name, options + ["--record", path])
      try scene.workload.run()
      let result = try run.stop()
      #expect(try replay(path, options, by: name).output == result.output)
      let refused = try replay(path, ["--pid", "1"], by: name, status: 64)
      #expect(refused.errors.contains("--pid") && refused.lines.isEmpty)
      let whole = try Data(contentsOf: URL(filePath: path))
      try whole.dropLast(1).write(to: URL(filePath: path))
      let cut = try replay(path, options, by: name)
      #expect(cut.errors.contains("without the account"))
      #expect(try cut.rows().count == result.rows().count)
    }

    @Test("counts of a tool that prints events too are replayed with its option")
    func counts() throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let scene = try ToolCase.Scene(ToolCase.of("tcpconnect"))
      let options = ["-c", "-p", "\(scene.workload.pid)"]
      let run = try TracedRun("tcpconnect", options + ["--record", path])
      try scene.workload.run()
      let result = try run.stop()
      #expect(try replay(path, options, by: "tcpconnect").output == result.output)
      let rows = try replay(path, options + ["--json"], by: "tcpconnect").rows()
      #expect(rows.reduce(0) { $0 + ($1["connects"] ?? 0) } == ToolCase.number)
      let events = try replay(path, by: "tcpconnect", status: 64)
      #expect(events.errors.contains("has counts: give the options with which it was made"))
    }

    /// By each way of counting by stacks.
    static let stacking = ToolCase.all.filter {
      ["memleak", "offcputime", "stackcount"].contains($0.name)
    }

    @Test("stacks are replayed as they were, and in other formats", arguments: stacking)
    func stacks(_ tool: ToolCase) throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let scene = try ToolCase.Scene(tool)
      let needed = TracedRun.needed(tool.name)
      // It prints at intervals of 5 seconds without one.
      let interval = tool.name == "memleak" ? ["3600"] : []
      let options = needed + tool.arguments(for: scene.workload) + ["-f"] + interval
      let run = try TracedRun(tool.name, options + ["--record", path])
      try scene.workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let replayed = try replay(path, options, by: tool.name)
      #expect(replayed.output == result.output && !result.lines.isEmpty)
      let records = try replay(path, needed + ["--json"], by: tool.name)
      #expect(tool.number(in: try records.rows()) == ToolCase.number)
      #expect(try records.summary()["lost"] == 0)
      let others = try replay(path, needed + ["--json", "--comm", "nobody"], by: tool.name)
      #expect(try others.rows().isEmpty)
      let refused = try replay(path, needed + ["--uid", "0"], by: tool.name, status: 64)
      #expect(refused.errors.contains("--uid") && refused.lines.isEmpty)
      #expect(refused.errors.split(separator: "\n").count == 1)
    }

    /// A run of a tool whose rows depend on what it finds on the machine.
    struct Finding {
      let tool: String
      /// `@:` stands for the workload's file.
      let words: [String]
      let workload: [String]
      let rows: Int
      var options: [String] = []
      /// An option of the run alone.
      let setting: String
    }

    static let findings = [
      Finding(
        tool: "funcslower",
        words: ["@:slow_function"] + (KernelFeatures.hasCookies ? ["@:recursive_function"] : []),
        workload: ["callers", "60", "slow"], rows: 23,
        options: ["-m", "20", "-a", "3", "-U"], setting: "-m"),
      Finding(
        tool: "ksnoop",
        words: ["trace", "t:signal:signal_generate(sig == 10, task->tgid, task->comm, info)"],
        workload: ["signals", "23", "kill", "10", "waits"], rows: 23, setting: "--struct-size"),
      Finding(
        tool: "trace",
        words: [
          "@:asked_* \"%d is %s\", arg1, arg2",
          "r:@:asked_function ((int)retval < 0) \"%d\", retval",
        ],
        workload: ["asks", "23"], rows: 56, options: ["-U"], setting: "-Z"),
      Finding(
        tool: "trace", words: ["u:@:fake:twice (arg1 < 7) \"%d of %d\", arg1, arg2"],
        workload: ["probes", "23"], rows: 14, setting: "-Z"),
    ]

    @Test(
      "functions and types that were found are in the recording",
      .enabled(if: KernelFeatures.uprobes == .yes), arguments: findings.indices)
    func found(_ index: Int) throws {
      let finding = Self.findings[index]
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let workload = try Workload(finding.workload)
      let words = finding.words.map {
        $0.replacing("@:", with: "\(Executable.path("workload")):")
      }
      let options = finding.options + ["--json"]
      let run = try TracedRun(
        finding.tool, ["-p", "\(workload.pid)", "--record", path] + options + words)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(try result.rows().count == finding.rows)
      for words in [[], words] {
        #expect(try replay(path, options + words, by: finding.tool).output == result.output)
      }
      let table = try replay(path, finding.options + ["--time-format", "none"], by: finding.tool)
      #expect(table.lines.count > finding.rows && table.errors == "")
      let none = try replay(path, options + ["--comm", "other"], by: finding.tool).rows()
      #expect(none.isEmpty)
      let other = try replay(path, words.dropLast() + ["c:getpid"], by: finding.tool, status: 64)
      #expect(other.errors.contains("is a recording of '"), "\(other.errors)")
      let refused = try replay(path, [finding.setting, "7"], by: finding.tool, status: 64)
      #expect(refused.errors.contains(": \(finding.setting): "), "\(refused.errors)")
    }

    @Test("rows of a recording are counted", .enabled(if: KernelFeatures.uprobes == .yes))
    func countedRows() throws {
      let scratch = try Scratch()
      let path = scratch.path + "/recording"
      let workload = try Workload("asks", "23")
      let probe = "\(Executable.path("workload")):asked_function \"%s\", arg2"
      let options = ["-A", "-p", "\(workload.pid)"]
      let run = try TracedRun("trace", options + ["--record", path, probe])
      try workload.run()
      let result = try run.stop()
      #expect(result.lines.contains("-->COUNT 12") && result.lines.contains("-->COUNT 11"))
      #expect(try replay(path, options, by: "trace").output == result.output)
    }
  }
}
