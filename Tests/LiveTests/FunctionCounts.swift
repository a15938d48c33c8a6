import Foundation
import Testing
import TraceKit

extension Live {
  /// funccount counts what workloads call and pass 23 times.
  @Suite struct FunctionCounts {
    /// - Parameter options: `@` stands for the workload's process, `PROGRAM` for its file.
    /// - Returns: the counts by name, over all summaries.
    private func count(
      _ options: [String], _ arguments: [String] = ["callers", "23", "turns"],
      plan: String? = nil, environment: [String] = []
    ) throws -> (counts: [String: Int], rows: [Row], result: RunResult) {
      let workload = try Workload(arguments, environment: environment)
      let named = options.map {
        $0.replacingOccurrences(of: "@", with: "\(workload.pid)")
          .replacingOccurrences(of: "PROGRAM", with: Executable.path("workload"))
      }
      let run = try TracedRun("funccount", ["--json"] + named, plan: plan)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows()
      #expect(try result.summary()["seen"] == rows.reduce(0) { $0 + ($1["count"] ?? 0) })
      let counts = rows.reduce(into: [:]) {
        $0[$1["function"] ?? "", default: 0] += $1["count"] ?? 0
      }
      return (counts, rows, result)
    }

    private static let hasUprobes = KernelFeatures.uprobes == .yes
    private static let tellsApart = hasUprobes && KernelFeatures.hasCookies

    @Test("23 calls of a library, in both ways of naming it", .enabled(if: hasUprobes))
    func library() throws {
      for name in ["c:getppid", "p:c:getppid", "r:c:getppid", "libc.so.6:getppid"] {
        #expect(try count(["-p", "@", name]).counts == ["getppid": 23], "\(name)")
      }
      #expect(try count(["-p", "@", ":called_function"]).counts == ["called_function": 23])
    }

    @Test("without a process the calls of all are counted", .alone, .enabled(if: hasUprobes))
    func all() throws {
      #expect(try count(["PROGRAM:called_function"]).counts == ["called_function": 23])
      #expect(try count(["--comm", "workload", "c:getppid"]).counts == ["getppid": 23])
    }

    @Test(
      "several functions are told apart, by one link and by a link each", .enabled(if: tellsApart))
    func several() throws {
      let expected = ["called_function": 23, "first_caller": 12, "second_caller": 11]
      let options = ["-r", "PROGRAM:(first|second)_caller|called_f.*"]
      #expect(try count(["-p", "@"] + options).counts == expected)
      for plan in KernelFeatures.hasManyUprobes ? ["uprobe:1", "uprobe:2"] : ["uprobe:2"] {
        let found = try count(["--tid", "@"] + options, plan: plan).counts
        #expect(found == expected, "\(plan)")
      }
      let callers = try count(["-p", "@", "PROGRAM:*_caller"]).counts
      #expect(callers == ["first_caller": 12, "second_caller": 11])
    }

    @Test("a tracepoint is passed 23 times, and a wildcard of them tells them apart")
    func tracepoints() throws {
      guard KernelFeatures.tracefs != nil else { return }
      let name = "t:syscalls:sys_enter_getppid"
      #expect(try count(["-p", "@", name]).counts == ["syscalls:sys_enter_getppid": 23])
      guard KernelFeatures.hasCookies else { return }
      let both = try count(["-p", "@", "t:syscalls:sys_*_getppid"]).counts
      #expect(both == ["syscalls:sys_enter_getppid": 23, "syscalls:sys_exit_getppid": 23])
    }

    @Test(
      "the probes that a program declares, with and without a semaphore", .enabled(if: hasUprobes))
    func declared() throws {
      let work = ["probes", "23"]
      for options in [["-p", "@"], ["--tid", "@"]] {
        let twice = try count(options + ["u:PROGRAM:twice"], work).counts
        #expect(twice == ["fake:twice": 46], "\(options)")
        let guarded = try count(options + ["u:PROGRAM:fake:guarded"], work).counts
        #expect(guarded == ["fake:guarded": 23], "\(options)")
      }
      #expect(try count(["-p", "@", "u::twice"], work).counts == ["fake:twice": 46])
      guard KernelFeatures.hasCookies else { return }
      let all = try count(["--comm", "workload", "u:PROGRAM:*"], work).counts
      #expect(
        all == [
          "fake:guarded": 23, "fake:twice": 46, "hotspot:mem__pool__gc__begin": 46,
          "hotspot:mem__pool__gc__end": 46,
        ])
    }

    @Test("a probe that would crash its program is not attached")
    func dangerous() throws {
      let process = try TracedRun.startOrEnd(
        "funccount", ["u:\(Executable.path("workload")):python:line"])
      #expect(try process.wait() == .exited(64))
      #expect(process.errors.text.contains("crashes its program"), "\(process.errors.text)")
    }

    @Test("filters let their own through, and keep others out", .alone, .enabled(if: hasUprobes))
    func filters() throws {
      let other = try Workload("calls", "0"), group = try ControlGroup("counts")
      for (options, environment) in [
        (["--tid", "@"], []), (["-p", "1,@"], []),
        (["--cgroup", group.path], ["--cgroup", group.path]),
      ] {
        let counts = try count(options + ["c:getppid"], environment: environment).counts
        #expect(counts == ["getppid": 23], "\(options)")
      }
      for options in [
        ["-p", "\(other.pid)"], ["--comm", "workloads"], ["--uid", "65533"],
        ["--cgroup", group.path],
      ] {
        #expect(try count(options + ["c:getppid"]).counts == [:], "\(options)")
      }
    }

    @Test("each CPU is counted alone", .enabled(if: hasUprobes))
    func cpus() throws {
      let workload = try Workload("callers", "10007", "turns")
      let runs = try Sampling.onlineCPUs.map { cpu in
        try TracedRun(
          "funccount", ["--json", "-c", "\(cpu)", "-p", "\(workload.pid)", "c:getppid"])
      }
      try workload.run()
      let counts = try runs.map { run in
        try run.stop().rows().reduce(0) { $0 + ($1["count"] ?? 0) }
      }
      #expect(counts.reduce(0, +) == 10_007, "\(counts)")
    }

    @Test("intervals lose no call", .enabled(if: hasUprobes))
    func intervals() throws {
      let found = try count(
        ["-p", "@", "-i", "0.05", ":called_function"], ["callers", "100003", "turns"])
      #expect(found.rows.count > 1)
      #expect(found.counts == ["called_function": 100_003])
    }

    @Test(
      "a thousand functions of a program by one link, each with its own count",
      .enabled(if: tellsApart && KernelFeatures.hasManyUprobes))
    func many() throws {
      let (counts, _, result) = try count(["-p", "@", "PROGRAM:numbered_1*"], ["numbered", "23"])
      let numbers = 1000...1999
      #expect(
        counts == Dictionary(uniqueKeysWithValues: numbers.map { ("numbered_\($0)", $0 % 23 + 1) }))
      #expect(result.errors.contains("(1000 places)"), "\(result.errors)")
    }

    @Test(
      "a thousand functions of the kernel by one link, where it has such links",
      .enabled(if: KernelFeatures.kprobes == .yes && KernelFeatures.hasCookies))
    func manyOfTheKernel() throws {
      // More than 2,000 in the kernels of Debian from 6.1 on.
      let pattern = "vfs_(mk|rm)dir|(acpi|crypto|pci)_.*"
      guard KernelFeatures.hasManyKprobes else {
        let process = try TracedRun.startOrEnd("funccount", ["-r", pattern])
        #expect(try process.wait() == .exited(69))
        #expect(process.errors.text.contains("(CONFIG_FPROBE, from 5.18)"))
        return
      }
      let disk = try MountedDisk("tmpfs")
      let (counts, _, result) = try count(
        ["-p", "@", "-r", pattern],
        ["vfs", "23", disk.path, "mkdir", "rmdir"], plan: "kprobe:1")
      #expect(counts == ["vfs_mkdir": 23, "vfs_rmdir": 23])
      let places = result.errors.firstMatch(of: /\((\d+) places\)/).flatMap { Int($0.1) }
      #expect(places ?? 0 >= 1000, "\(result.errors)")
    }

    @Test("functions of the kernel are counted by each plan", arguments: ["fentry", "kprobe"])
    func kernel(_ plan: String) throws {
      guard (plan == "fentry" ? KernelFeatures.fentry : KernelFeatures.kprobes) == .yes else {
        return
      }
      let work = ["opens", "23", "openat", "/etc/passwd", "0", "0"]
      let one = try count(["-p", "@", "do_sys_openat2"], work, plan: plan).counts
      #expect(one == ["do_sys_openat2": 23])
      guard plan == "kprobe", KernelFeatures.hasCookies else { return }
      for plan in KernelFeatures.hasManyKprobes ? ["kprobe:1", "kprobe:2"] : ["kprobe:2"] {
        let wide = try count(["-p", "@", "do_sys_op*"], work, plan: plan).counts
        #expect(wide["do_sys_openat2"] == 23, "\(plan)")
      }
    }

    @Test("the table is that of bcc, the most frequent last", .enabled(if: tellsApart))
    func table() throws {
      let workload = try Workload("callers", "23", "turns")
      let run = try TracedRun(
        "funccount", ["-T", "-p", "\(workload.pid)", "-r", ":.*_caller|called_function"])
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
      #expect(lines.first?.first?.hasPrefix("[") == true)
      #expect(lines.dropFirst().first == ["FUNC", "COUNT"])
      #expect(
        lines.dropFirst(2).filter { !$0.isEmpty } == [
          ["second_caller", "11"], ["first_caller", "12"], ["called_function", "23"],
        ])
    }
  }
}
