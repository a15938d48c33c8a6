import Foundation
import Testing
import TraceKit

extension Live {
  /// stackcount counts from where a workload calls a function.
  @Suite(.enabled(if: KernelFeatures.uprobes == .yes)) struct StackCounts {
    /// - Parameter options: `@` stands for the workload's process, `PROGRAM` for its file.
    private func trace(
      _ options: [String], _ arguments: [String] = ["callers", "23", "both"], plan: String? = nil
    ) throws -> (workload: Workload, result: RunResult) {
      let workload = try Workload(arguments)
      let named = options.map {
        $0.replacingOccurrences(of: "@", with: "\(workload.pid)")
          .replacingOccurrences(of: "PROGRAM", with: Executable.path("workload"))
      }
      let run = try TracedRun("stackcount", named, plan: plan)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (workload, result)
    }

    /// How many calls have these frames of user space, innermost first.
    private func count(_ result: RunResult, _ frames: [String]) throws -> Int {
      try result.rows().filter { Array($0.texts("user").prefix(frames.count)) == frames }
        .reduce(0) { $0 + ($1["count"] ?? 0) }
    }

    @Test("23 calls from each of two callers, which the frame pointer alone would not show")
    func callers() throws {
      for options in [
        ["-p", "@", "PROGRAM:called_function"], ["-p", "@", ":called_function"],
        ["--tid", "@", "PROGRAM:called_function"],
      ] {
        let (workload, result) = try trace(["--json"] + options)
        for caller in ["first_caller", "second_caller"] {
          let frames = ["called_function", caller, "callers", "main"]
          #expect(try count(result, frames) == 23)
        }
        let rows = try result.rows()
        #expect(rows.count == 2)
        #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
        #expect(rows.allSatisfy { $0.texts("kernel").isEmpty })
        #expect(try result.summary()["seen"] == 46)
      }
    }

    @Test("a function of a library has its caller in the program")
    func library() throws {
      let (_, result) = try trace(["--json", "-p", "@", "c:getppid"])
      for caller in ["first_caller", "second_caller"] {
        let rows = try result.rows().filter {
          Array($0.texts("user").dropFirst().prefix(2)) == ["called_function", caller]
        }
        #expect(rows.reduce(0) { $0 + ($1["count"] ?? 0) } == 23)
      }
    }

    @Test("a function that a library without frame pointers calls has all callers")
    func nested() throws {
      let (_, result) = try trace(
        ["--json", "-p", "@", "c:clock_nanosleep"], ["nests", "sleep", "97"])
      let whole = try result.rows().filter { row in
        let user = row.texts("user")
        let places = ["clock_nanosleep", "usleep", "nest_f", "nest_g", "sleep_often", "main"]
          .map { name in user.firstIndex { $0.hasSuffix(name) } ?? -1 }
        return places.first == 0 && places == places.sorted() && user.last == "_start"
      }
      let rows = try result.rows().map(\.values)
      #expect(whole.reduce(0) { $0 + ($1["count"] ?? 0) } == 97, "\(rows)")
    }

    @Test("several functions, and returns, are counted together")
    func several() throws {
      let (_, result) = try trace(["--json", "-p", "@", "PROGRAM:*_caller"])
      #expect(try result.rows().reduce(0) { $0 + ($1["count"] ?? 0) } == 46)
      let (_, returns) = try trace(["--json", "-p", "@", "r:PROGRAM:called_function"])
      #expect(try count(returns, ["first_caller", "callers"]) == 23)
    }

    @Test("a tracepoint has frames of the kernel and of the program")
    func tracepoint() throws {
      guard KernelFeatures.tracefs != nil else { return }
      let place = "t:syscalls:sys_enter_getppid"
      let (_, result) = try trace(["--json", "-p", "@", place])
      let rows = try result.rows()
      #expect(rows.reduce(0) { $0 + ($1["count"] ?? 0) } == 46)
      #expect(rows.contains { $0.texts("kernel").contains { KernelSymbols.has($0) } })
      #expect(rows.allSatisfy { $0.texts("user").contains("callers") })
      let (_, kernel) = try trace(["--json", "-K", "-p", "@", place])
      #expect(try kernel.rows().allSatisfy { $0.texts("user").isEmpty })
      let (_, user) = try trace(["--json", "-U", "-p", "@", place])
      #expect(try user.rows().allSatisfy { $0.texts("kernel").isEmpty })
    }

    @Test("a probe that a program declares")
    func declared() throws {
      let work = ["probes", "23", "20000"]
      let (_, result) = try trace(["--json", "-p", "@", "u:PROGRAM:twice"], work)
      #expect(try count(result, ["probes", "main"]) == 46)
    }

    @Test("filters keep others out")
    func filters() throws {
      let other = try Workload("calls", "0")
      for options in [["-p", "\(other.pid)"], ["--comm", "workloads"], ["--uid", "65533"]] {
        let (_, result) = try trace(["--json"] + options + ["c:getppid"])
        #expect(try result.rows().isEmpty, "\(options)")
      }
    }

    @Test("stacks of two processes that read the same are one, and with -P two")
    func processes() throws {
      for (options, counts) in [([], ["46", "46"]), (["-P"], ["23", "23", "23", "23"])] {
        let workloads = [
          try Workload("callers", "23", "both"), try Workload("callers", "23", "both"),
        ]
        let run = try TracedRun(
          "stackcount",
          options + [
            "-p", workloads.map { "\($0.pid)" }.joined(separator: ","),
            "\(Executable.path("workload")):called_function",
          ])
        for workload in workloads { try workload.run() }
        let lines = try run.stop().lines.map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(lines.filter { Int($0) != nil } == counts, "\(lines)")
        #expect(
          lines.contains { $0.hasSuffix("workload (\(workloads[0].pid))") } == !options.isEmpty)
      }
    }

    @Test("folded lines begin with the outermost frame, and with -P with the command")
    func folded() throws {
      for (options, start) in [([], ""), (["-P"], "workload;")] {
        let (_, result) = try trace(options + ["-f", "-p", "@", ":called_function"])
        let lines = result.lines.filter { $0.contains("called_function") }
        #expect(
          lines.count == 2 && lines.allSatisfy { $0.hasSuffix("called_function 23") }, "\(lines)")
        #expect(
          lines.allSatisfy { start.isEmpty ? !$0.hasPrefix("workload;") : $0.hasPrefix(start) })
      }
    }

    @Test("offsets and addresses of frames")
    func addresses() throws {
      guard KernelFeatures.tracefs != nil else { return }
      let place = "t:syscalls:sys_enter_getppid"
      let (_, offsets) = try trace(["-s", "-K", "-p", "@", place])
      #expect(offsets.lines.contains { $0.contains("+0x") }, "\(offsets.lines)")
      let (_, addresses) = try trace(["-v", "-p", "@", ":called_function"])
      #expect(
        addresses.lines.contains { $0.contains("0x") && $0.hasSuffix(" called_function") },
        "\(addresses.lines)")
    }

    @Test("functions of the kernel are counted by each plan", arguments: ["fentry", "kprobe"])
    func kernel(_ plan: String) throws {
      guard (plan == "fentry" ? KernelFeatures.fentry : KernelFeatures.kprobes) == .yes else {
        return
      }
      let work = ["opens", "23", "openat", "/etc/passwd", "0", "0"]
      let (_, result) = try trace(["--json", "-p", "@", "do_sys_openat2"], work, plan: plan)
      let rows = try result.rows()
      #expect(rows.reduce(0) { $0 + ($1["count"] ?? 0) } == 23)
      #expect(rows.allSatisfy { !$0.texts("kernel").isEmpty && !$0.texts("user").isEmpty })
    }
  }
}
