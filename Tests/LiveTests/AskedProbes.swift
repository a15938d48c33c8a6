import Foundation
import Testing
import TraceKit

extension Live {
  /// trace prints what a user asks for at probes of a workload that passes them 23 times.
  @Suite(.enabled(if: KernelFeatures.uprobes == .yes)) struct AskedProbes {
    /// Runs trace over a workload.
    ///
    /// - Parameter probes: `@:` stands for the workload's file.
    private func trace(
      _ probes: [String], _ options: [String]? = nil, _ arguments: [String] = ["asks", "23"],
      environment: [String] = [], json: Bool = true
    ) throws -> RunResult {
      let workload = try Workload(arguments, environment: environment)
      let options = options ?? ["-p", "PID"]
      let run = try TracedRun(
        "trace",
        (json ? ["--json"] : []) + options.map { $0.replacing("PID", with: "\(workload.pid)") }
          + probes.map { $0.replacing("@:", with: "\(Executable.path("workload")):") })
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      if json { #expect(try result.summary()["lost"] == 0) }
      return result
    }

    private func rows(
      _ probe: String, _ options: [String]? = nil, _ arguments: [String] = ["asks", "23"],
      environment: [String] = []
    ) throws -> [Row] {
      try trace([probe], options, arguments, environment: environment).rows()
    }

    private func messages(
      _ probe: String, _ options: [String]? = nil, _ arguments: [String] = ["asks", "23"]
    ) throws -> [String] {
      try rows(probe, options, arguments).map { $0["message"] ?? "" }
    }

    private static let calls = Array(0..<23)
    private static func name(_ call: Int) -> String { call % 2 == 0 ? "even one" : "odd one" }

    @Test("arguments are those of each call, by their numbers")
    func numbers() throws {
      let found = try messages(
        "@:asked_function \"%d '%s' %hu %llx %lu\", arg1, arg2, arg4, arg5, arg5 >> 40")
      #expect(
        found
          == Self.calls.map {
            "\($0) '\(Self.name($0))' \($0) "
              + "\(String($0 << 40 | $0, radix: 16)) \($0)"
          })
    }

    @Test("and by the names and types of a signature")
    func signature() throws {
      let found = try messages(
        "p:@:asked_function(int call, char *name, struct timespec *time, unsigned short small, "
          + "u64 large) \"%d %s %ld.%09ld %u %d %c\", call, name, time->tv_sec, time->tv_nsec, "
          + "small, (int)large, name[0]")
      #expect(
        found
          == Self.calls.map {
            "\($0) \(Self.name($0)) \($0).\(String(format: "%09d", $0 * 1000)) \($0) \($0) "
              + "\(Self.name($0).first!)"
          })
    }

    @Test(
      "a predicate lets through what is true",
      arguments: [
        ("(arg1 >= 18)", 5), ("((int)arg1 - 20 >= -2)", 5), ("(arg1 < 18)", 18),
        ("(arg1 == 7)", 1), ("(arg1 != 7)", 22), ("(!arg1)", 1), ("(arg1)", 22),
        ("(arg1 > 3 && arg1 <= 8)", 5), ("(arg1 < 3 || arg1 >= 21)", 5),
        ("(arg1 % 5 == 2 && !(arg1 & 1))", 3), ("(arg1 / 5 == 4)", 3), ("(arg4 * 2 > 35)", 5),
        ("((arg1 ^ 1) == 0)", 1), ("(~arg1 == 0xfffffffffffffff0)", 1), ("(arg5 >> 40 > 17)", 5),
        ("(STRCMP(\"odd\", arg2))", 11), ("(STRCMP(\"even one\", arg2))", 12),
        ("(STRCMP(\"even ones\", arg2))", 0), ("(!STRCMP(\"odd\", arg2) && arg1 > 13)", 5),
        ("(-(int)arg1 < -17)", 5), ("((char)arg1 > 17)", 5), ("(1 << arg1 > 0x20000)", 5),
      ])
    func predicate(_ predicate: String, _ count: Int) throws {
      #expect(try rows("@:asked_function \(predicate)").count == count)
    }

    @Test("with -B bytes are compared, NULs included")
    func bytes() throws {
      for (literal, count) in [
        ("odd one\\x00", 11), ("{0x65, 'v', 101, 110}", 12), ("odd\\x00", 0),
      ] {
        let found = try rows(
          "@:asked_function (STRCMP(\"\(literal)\", arg2))", ["-B", "-p", "PID"])
        #expect(found.count == count, "\(literal)")
      }
    }

    @Test("what a function returns, negative numbers too")
    func returns() throws {
      #expect(
        try messages("r:@:asked_function \"%d\", retval") == Self.calls.map { "\($0 - 10)" })
      let failed = try messages("r:@:asked_function ((int)retval < 0) \"%d\", (int)retval")
      #expect(failed == (0..<10).map { "\($0 - 10)" })
    }

    @Test("-M stops after that number of rows exactly, over several probes too")
    func number() throws {
      #expect(try rows("@:asked_function", ["-M", "7", "-p", "PID"]).count == 7)
      let both = try trace(["@:asked_before", "@:asked_function"], ["-M", "9", "-p", "PID"]).rows()
      #expect(both.count == 9)
    }

    @Test("several probes at once, each with its own question")
    func several() throws {
      let found = try trace([
        "@:asked_before \"before %d\", arg1", "@:asked_function (arg1 > 17) \"%s\", arg2",
        "r:@:asked_function \"after %d\", retval", "@:asked_before (arg1 == 3)",
      ]).rows()
      func messages(_ start: String, _ name: String) -> [String] {
        found.filter { $0["func"] == name && $0["message"]?.hasPrefix(start) == true }
          .map { $0["message"] ?? "" }
      }
      #expect(messages("before", "asked_before") == Self.calls.map { "before \($0)" })
      #expect(messages("after", "asked_function") == Self.calls.map { "after \($0 - 10)" })
      #expect(found.filter { $0["message"] == "even one" }.count == 3)
      #expect(found.filter { $0["message"] == "odd one" }.count == 2)
      #expect(found.filter { $0["message"] == "" && $0["func"] == "asked_before" }.count == 1)
      #expect(found.count == 23 + 5 + 23 + 1)
    }

    @Test("a wildcard means several functions, each under its name")
    func wildcard() throws {
      let found = try rows("@:asked_* \"%d\", arg1")
      #expect(found.count == 46)
      guard KernelFeatures.hasCookies else { return }
      for name in ["asked_before", "asked_function"] {
        #expect(found.filter { $0["func"] == name }.count == 23)
      }
    }

    @Test("fields of a tracepoint, numbers and texts")
    func tracepoints() throws {
      let opens = ["opens", "23", "openat", "/etc/hostname", "0", "0"]
      let found = try messages(
        "t:syscalls:sys_enter_openat (STRCMP(\"/etc/host\", args->filename)) "
          + "\"%s %d %x\", args->filename, (int)args->dfd, args->flags", nil, opens)
      #expect(found == Self.calls.map { _ in "/etc/hostname -100 0" })
      let probe = "t:sched:sched_process_exec \"%s %d\", args->filename, args->pid"
      let run = try TracedRun("trace", ["--json", probe, "--", "/bin/true"])
      let execs = try run.finish().rows()
      #expect(execs.count { $0["message"]?.hasPrefix("/bin/true ") == true } == 1)
      let switches = try rows(
        "t:sched:sched_switch (STRCMP(\"workload\", args->prev_comm)) \"%s\", args->prev_comm",
        ["-p", "PID"], ["calls", "23", "sleep"])
      #expect(switches.count >= 23)
      #expect(switches.allSatisfy { $0["message"] == "workload" && $0["func"] == "sched_switch" })
    }

    @Test("arguments of USDT probes, at each of their places, with a semaphore and texts")
    func usdt() throws {
      let probes = ["probes", "23"]
      let twice = try messages("u:@:fake:twice \"%d of %d\", arg1, arg2", nil, probes)
      #expect(twice == Self.calls.flatMap { ["\($0) of 23", "\($0) of 23"] })
      #expect(try rows("u:@:guarded (arg1 >= 18)", nil, probes).count == 5)
      let pools = try messages("u:@:mem__pool__gc__begin \"%s/%d\", arg1, arg2", nil, probes)
      #expect(pools == Self.calls.flatMap { _ in ["young/5", "old/3"] })
    }

    @Test("who the task is, by keywords and by the kernel's types")
    func task() throws {
      let workload = try Workload("asks", "23")
      let run = try TracedRun(
        "trace",
        [
          "--json", "-p", "\(workload.pid)",
          "\(Executable.path("workload")):asked_function \"%d %d %d %d %d %s %d\", "
            + "$pid, $tgid, $uid, $gid, $task->tgid, $task->comm, $task->real_parent->tgid",
        ])
      try workload.run()
      let rows = try run.stop().rows()
      #expect(rows.count == 23)
      let pid = workload.pid
      for row in rows {
        #expect(row["message"] == "\(pid) \(pid) 0 0 \(pid) workload \(getpid())")
        #expect(row["pid"] == pid && row["tid"] == pid && row["comm"] == "workload")
      }
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      let other = try Workload("calls", "0"), group = try ControlGroup("asks")
      for (options, environment) in [
        (["-L", "PID"], []), (["-n", "orkloa"], []), (["--uid", "0", "-p", "PID"], []),
        (["-c", group.path], ["--cgroup", group.path]),
      ] {
        let found = try rows("@:asked_function", options, environment: environment)
        #expect(found.count == 23, "\(options)")
      }
      for options in [
        ["-p", "\(other.pid)"], ["-n", "workloads"], ["--uid", "65533"], ["-c", group.path],
        ["-L", "\(other.pid)"],
      ] {
        #expect(try rows("@:asked_function", options).isEmpty, "\(options)")
      }
      let odd = try rows("@:asked_function \"%s\", arg2", ["-f", "dd o", "-p", "PID"])
      #expect(odd.count == 11 && odd.allSatisfy { $0["message"] == "odd one" })
      #expect(try rows("@:asked_function \"%s\", arg2", ["-f", "ddo", "-p", "PID"]).isEmpty)
    }

    @Test("texts have their size at most, and what cannot be read says so")
    func texts() throws {
      let short = try messages(
        "@:asked_function \"%s|%.2s|%9s|%-9s|\", arg2, arg2, arg2, arg2",
        ["-Z", "4", "-p", "PID"])
      #expect(
        short
          == Self.calls.map {
            let name = Self.name($0).prefix(3)
            return "\(name)|\(name.prefix(2))|      \(name)|\(name)      |"
          })
      let wrong = try messages("@:asked_function \"%s %d\", arg1, *(int *)arg1")
      #expect(wrong == Self.calls.map { _ in "[unreadable] 0" })
    }

    @Test("stacks of the program, with their addresses, and names of places")
    func stacks() throws {
      // Names are those of a process that is still there.
      let timed = ["functions", "23", "timed"]
      let found = try rows("@:timed_function", ["-U", "-p", "PID"], timed)
      #expect(found.count == 23)
      for row in found {
        #expect(row.texts("user_stack").prefix(2) == ["timed_function", "functions"], "\(row)")
      }
      let named = try rows(
        "@:timed_function \"%U\", arg1 + $task->mm->start_code - arg1", nil, timed)
      #expect(named.count == 23)
      let lines = try trace(["@:timed_function"], ["-aU", "-p", "PID"], timed, json: false).lines
      #expect(lines.count { $0.hasPrefix("    0x") && $0.hasSuffix(" timed_function") } == 23)
      #expect(!lines.contains("    timed_function"))
    }

    @Test("the table has bcc's columns, and with -A each row once with its count")
    func table() throws {
      let lines = try trace(
        ["@:asked_function (arg1 == 1) \"%s\", arg2"], ["-p", "PID"], json: false
      ).lines
      #expect(lines.count == 2)
      #expect(
        lines.first?.split(separator: " ") == ["PID", "TID", "COMM", "FUNC", "-"], "\(lines)")
      #expect(lines.last?.hasSuffix(" workload        asked_function   odd one") == true)
      for (option, columns) in [
        ("-T", ["TIME", "PID"]), ("-t", ["TIME(s)", "PID"]), ("-tu", ["TIME", "PID"]),
        ("-C", ["CPU", "PID"]),
      ] {
        let lines = try trace(["@:asked_function"], [option, "-p", "PID"], json: false).lines
        #expect(lines.count == 24)
        #expect(lines.first?.split(separator: " ").prefix(2).map(String.init) == columns)
        #expect(lines.first?.hasSuffix("-") == false)
      }
      let counted = try trace(
        ["@:asked_function \"%s\", arg2"], ["-A", "-M", "20", "-p", "PID"], json: false
      ).lines
      #expect(counted.filter { $0 == "-->COUNT 10" }.count == 2, "\(counted)")
      #expect(counted.filter { $0.hasSuffix("odd one") }.count == 1)
    }

    @Test("the tool does not trace itself, but with -S")
    func itself() throws {
      for (options, seesItself) in [([], false), (["-S"], true)] {
        let run = try TracedRun(
          "trace", ["--json", "-n", "trace", "t:syscalls:sys_enter_write"] + options)
        // It has written that it is attached.
        try waitFor("nothing, or a row of its own") {
          try seesItself ? run.rowsSoFar().count > 0 : true
        }
        let rows = try run.stop().rows()
        #expect(rows.contains { $0["pid"] == Int(run.process.pid) } == seesItself)
      }
    }

    @Test("a function of the kernel, where it has probes, and else a reason")
    func kernel() throws {
      let opens = ["opens", "23", "openat", "/etc/hostname", "0", "0"]
      let probe = "do_sys_openat2 (STRCMP(\"/etc/hostname\", arg2)) \"%s\", arg2@user"
      guard KernelFeatures.kprobes == .yes else {
        let process = try TracedRun.startOrEnd("trace", [probe])
        #expect(try process.wait() == .exited(69))
        process.errors.finish()
        #expect(process.errors.text.contains("kprobes"), "\(process.errors.text)")
        return
      }
      #expect(try messages(probe, nil, opens) == Self.calls.map { _ in "/etc/hostname" })
    }
  }
}
