import Foundation
import Testing

extension Live {
  /// A tool in a process id namespace takes and prints the numbers that are seen
  /// there, and with --host-pids those of the host.
  @Suite struct Namespaces {
    /// A tool by one of its plans over a workload, both in one namespace. Another
    /// process of the same number, in a namespace beside it, does the same work.
    private struct Scene {
      let home: PIDNamespace
      let twinHome: PIDNamespace
      let workload: Workload
      let twin: Workload
      let seen: Int
      let host: Int

      init(_ work: [String], twin twinWork: [String]? = nil) throws {
        home = try PIDNamespace()
        twinHome = try PIDNamespace()
        workload = try Workload(work, environment: home.entry)
        twin = try Workload(twinWork ?? work, environment: twinHome.entry)
        (host, seen) = try PIDNamespace.numbers(of: workload)
        let numbers = try PIDNamespace.numbers(of: twin)
        #expect(numbers.seen == seen && numbers.host != host && host != seen)
      }

      /// Traces both workloads. `@` in an option stands for the number of the first
      /// where the tool is, `@host` for its number on the host.
      func trace(_ plan: Plan, _ options: [String]) throws -> (rows: [Row], outcomes: [[Int]]) {
        let named = options.map {
          $0 == "@host" ? "\(host)" : $0.replacingOccurrences(of: "@", with: "\(seen)")
        }
        let run = try plan.run(named, environment: home.entry)
        try twin.run()
        let outcomes = try workload.run()
        let result = try run.stop()
        #expect(result.end == .exited(0), "\(result.errors)")
        #expect(try result.summary()["lost"] == 0)
        return (try result.rows(), outcomes)
      }
    }

    private static let opens = ["opens", "23", "openat", "/etc/passwd", "0", "0"]

    @Test("-p and --tid of opensnoop, and what it prints", arguments: Plan.offered("opensnoop"))
    func opens(_ plan: Plan) throws {
      for options in [["-p", "@"], ["-p", "999999,@"], ["--tid", "@"], ["-p", "@", "--follow"]] {
        let scene = try Scene(Self.opens)
        #expect(scene.workload.announcement == "\(scene.seen)")
        let (rows, _) = try scene.trace(plan, options + ["--columns", "+ppid,+tid"])
        #expect(rows.count == 23, "\(options)")
        for row in rows {
          // Its parent stands outside.
          #expect(row["pid"] == scene.seen && row["tid"] == scene.seen && row["ppid"] == 0)
        }
      }
    }

    @Test("--host-pids of opensnoop", arguments: Plan.offered("opensnoop"))
    func hostOpens(_ plan: Plan) throws {
      for (option, expected) in [("-p", 23), ("--tid", 23)] {
        let scene = try Scene(Self.opens)
        let (rows, _) = try scene.trace(plan, ["--host-pids", option, "@host"])
        #expect(rows.count == expected)
        #expect(rows.allSatisfy { $0["pid"] == scene.host && $0["tid"] == scene.host })
      }
      let scene = try Scene(Self.opens)
      #expect(try scene.trace(plan, ["--host-pids", "-p", "@"]).rows.isEmpty)
    }

    @Test(
      "the time of an event is that of the host's clock in a time namespace too",
      arguments: Plan.offered("opensnoop"))
    func times(_ plan: Plan) throws {
      // CONFIG_TIME_NS, 5.6.
      guard FileManager.default.fileExists(atPath: "/proc/self/timens_offsets") else { return }
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let run = try plan.run(["-p", "\(workload.pid)"], environment: ["--ahead", "864000"])
      let before = Date()
      try workload.run()
      let result = try run.stop()
      let after = Date()
      let times = try result.rows().compactMap(\.date)
      #expect(times.count == 23)
      #expect(times.allSatisfy { (before - 1...after + 1).contains($0) }, "\(times)")
    }

    @Test("a task outside has no number", arguments: Plan.offered("opensnoop"))
    func outside(_ plan: Plan) throws {
      let scratch = try Scratch()
      let file = try scratch.file("outside")
      let home = try PIDNamespace()
      for (isFiltered, expected) in [(false, 23), (true, 0)] {
        let workload = try Workload("opens", "23", "openat", file, "0", "0")
        let options = isFiltered ? ["-p", "\(workload.pid)"] : []
        let run = try plan.run(options, environment: home.entry)
        try workload.run()
        let rows = try run.stop().rows().filter { $0["path"] == file }
        #expect(rows.count == expected, "filtered: \(isFiltered)")
        #expect(rows.allSatisfy { $0["pid"] == 0 && $0["tid"] == 0 })
      }
    }

    @Test("-P of execsnoop, and what it prints", arguments: Plan.offered("execsnoop"))
    func execs(_ plan: Plan) throws {
      let work = ["execs", "23", "execve", Execs.program, "nothing"]
      for filter in [["-P", "@"], ["--pid", "@", "--follow"]] {
        let scene = try Scene(work)
        let (rows, outcomes) = try scene.trace(plan, filter)
        #expect(rows.map { $0["pid"] } == outcomes.map { $0[0] })
        #expect(rows.count == 23 && rows.allSatisfy { $0["ppid"] == scene.seen })
      }
      let scene = try Scene(work)
      let (rows, outcomes) = try scene.trace(plan, ["--host-pids", "-P", "@host"])
      #expect(rows.count == 23 && rows.allSatisfy { $0["ppid"] == scene.host })
      #expect(zip(rows, outcomes).allSatisfy { $0["pid"] != $1[0] })
    }

    @Test("a command is followed, by either numbers", arguments: Plan.offered("execsnoop"))
    func command(_ plan: Plan) throws {
      for options in [[String](), ["--host-pids"]] {
        let scratch = try Scratch()
        let home = try PIDNamespace()
        let command = [Execs.program, "execs", "23", "execve", Execs.program, "nothing"]
        let file = scratch.path + "/rows"
        let run = try plan.run(
          options + ["--output", file, "--"] + command, environment: home.entry)
        run.process.send("go")
        let result = try run.finish()
        #expect(result.end == .exited(0), "\(result.errors)")
        let lines = result.lines.map { $0.split(separator: " ").compactMap { Int($0) } }
        let output = try Data(contentsOf: URL(fileURLWithPath: file))
        let rows = try RunResult(end: result.end, output: output, errors: "", leftInKernel: "")
          .rows()
        #expect(rows.count == 24)
        let children = rows.dropFirst()
        let parent: Int? = rows.first?["pid"]
        #expect(children.allSatisfy { $0["ppid"] == parent })
        let isSeen = options.isEmpty
        #expect((lines.first?.last == parent) == isSeen, "\(lines)")
        #expect((lines.dropFirst().map { $0[0] } == children.map { $0["pid"] ?? -1 }) == isSeen)
      }
    }

    @Test("-p of tcpconnect, and what it prints", arguments: Plan.offered("tcpconnect"))
    func connects(_ plan: Plan) throws {
      let scene = try Scene(["connects", "23", "4"])
      let rows = try scene.trace(plan, ["-p", "@"]).rows
      #expect(rows.count == 23 && rows.allSatisfy { $0["pid"] == scene.seen })
      let again = try Scene(["connects", "23", "4"])
      let hosts = try again.trace(plan, ["--host-pids", "-p", "@host"]).rows
      #expect(hosts.count == 23 && hosts.allSatisfy { $0["pid"] == again.host })
    }

    @Test("--pid of biolatency", arguments: Plan.offered("biolatency"))
    func blocks(_ plan: Plan) throws {
      for (options, isCounted) in [
        (["--pid", "@"], true), (["--host-pids", "--pid", "@host"], true),
        (["--host-pids", "--pid", "@"], false),
      ] {
        let disk = try LoopDisk()
        let scene = try Scene(
          ["blocks", "1009", "read", disk.path], twin: ["blocks", "499", "read", disk.path])
        let rows = try scene.trace(plan, ["-d", disk.name] + options).rows
        let count = rows.reduce(0) { $0 + ($1["count"] ?? 0) }
        // A completion in the middle of another may be missed.
        #expect((isCounted ? 1004...1009 : 0...0).contains(count), "\(options): \(count)")
      }
    }

    @Test(
      "--pid of biosnoop and biotop, and what they print",
      arguments: Plan.offered("biosnoop") + Plan.offered("biotop"))
    func requests(_ plan: Plan) throws {
      for (options, isCounted) in [
        (["--pid", "@"], true), (["--host-pids", "--pid", "@host"], true),
        (["--host-pids", "--pid", "@"], false),
      ] {
        let disk = try LoopDisk()
        let scene = try Scene(
          ["blocks", "23", "read", disk.path], twin: ["blocks", "7", "read", disk.path])
        let rows = try scene.trace(plan, ["-d", disk.name] + options).rows
        let pid = options.contains("--host-pids") ? scene.host : scene.seen
        #expect(rows.allSatisfy { $0["pid"] == pid })
        #expect(rows.reduce(0) { $0 + ($1["io"] ?? 1) } == (isCounted ? 23 : 0), "\(options)")
      }
    }

    @Test("-p of runqlat, and the keys of -P and -L", arguments: Plan.offered("runqlat"))
    func waits(_ plan: Plan) throws {
      func long(_ row: Row) -> Bool {
        row.count(from: RunQueueLatencies.least) >= RunQueueLatencies.number
      }
      let work = ["waits", "\(RunQueueLatencies.number)", "\(RunQueueLatencies.milliseconds)"]
      let quick = ["waits", "1", "1"]
      let scene = try Scene(work, twin: quick)
      let rows = try scene.trace(plan, ["-P", "-p", "@"]).rows
      #expect(rows.count == 1 && rows.allSatisfy { $0["pid"] == scene.seen && long($0) })
      let threads = try Scene(work, twin: quick)
      let tid = try #require(Int(threads.workload.announcement))
      let waiter = try threads.trace(plan, ["-L", "--tid", "\(tid)"]).rows
      #expect(waiter.count == 1 && waiter.allSatisfy { $0["tid"] == tid && long($0) })
      let hosts = try Scene(work, twin: quick)
      let found = try hosts.trace(plan, ["--host-pids", "-P", "-p", "@host"]).rows
      #expect(found.count == 1 && found.allSatisfy { $0["pid"] == hosts.host && long($0) })
    }

    @Test("--host-pids refuses what only the own namespace knows", arguments: ToolCase.models)
    func refused(_ model: ToolCase) throws {
      let tool = model.name, home = try PIDNamespace()
      let sentence = "in a container, --pid and --tid conflict with --follow and a command"
      for options in [["--pid", "7", "--follow"], ["--tid", "7", "--", "/bin/true"]] {
        let process = try TracedRun.start(
          tool, ["--host-pids"] + options, environment: home.entry)
        #expect(try process.wait() == .exited(64))
        #expect(process.errors.text == "\(tool): --host-pids: \(sentence)\n")
      }
      let run = try TracedRun(tool, ["--json", "--host-pids", "--pid", "\(getpid())", "--follow"])
      #expect(try run.stop().end == .exited(0))
    }
  }
}

/// A process id namespace with nothing in it but its first process.
final class PIDNamespace {
  private let first: Workload

  init() throws {
    first = try Workload("opens", "0", "openat", "/", "0", "0", environment: ["--pidns"])
    #expect(first.announcement == "1")
  }

  deinit { _ = try? first.run() }

  /// Options of `workload env` to start something in it, with its proc.
  var entry: [String] { ["--join", "\(first.pid)"] }

  /// The process that a workload is, behind the one that put it into a namespace.
  static func numbers(of workload: Workload) throws -> (host: Int, seen: Int) {
    let pid = workload.pid
    let children = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
    guard let child = children.split(separator: " ").first else {
      throw LiveError("the workload has no process in its namespace")
    }
    let status = try String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("NSpid:") } ?? ""
    let numbers = line.split(separator: "\t").compactMap { Int($0) }
    guard numbers.count == 2 else { throw LiveError("\(line) has not two numbers") }
    return (numbers[0], numbers[1])
  }
}
