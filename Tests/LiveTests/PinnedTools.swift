import Foundation
import Testing
import TraceKit

/// A name under which a test pins a tool, and the runs of the tool with it.
private final class PinCase {
  let name = "live-\(UUID().uuidString)"
  let tool: String
  /// The objects of the kernel, as arguments of `workload objects`.
  private(set) var objects: [String] = []

  var folder: String { "/sys/fs/bpf/swift-bpf-tools/\(name)" }
  var exists: Bool { FileManager.default.fileExists(atPath: folder) }

  /// A BPF file system, where none is mounted yet: it has nothing else than what tests pin.
  private static let isMounted: Bool = {
    func isThere() -> Bool {
      let mounts = try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
      return mounts?.contains(" /sys/fs/bpf bpf ") == true
    }
    return isThere() || mount("bpf", "/sys/fs/bpf", "bpf", 0, nil) == 0 || isThere()
  }()

  init(_ tool: String) throws {
    guard Self.isMounted else { throw LiveError("cannot mount a BPF file system") }
    self.tool = tool
  }

  deinit {
    // Where the test has failed.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  func run(
    _ arguments: [String], of other: String? = nil, environment: [String] = []
  ) throws -> RunResult {
    let launcher =
      environment.isEmpty ? [] : [Executable.path("workload"), "env"] + environment + ["--"]
    return try Subprocess(launcher + [Executable.path(other ?? tool)] + arguments).result()
  }

  /// Pins the tool, which then is gone.
  ///
  /// - Returns: false for a tool whose programs cannot go on without it, which says so.
  @discardableResult
  func pin(_ arguments: [String]) throws -> Bool {
    let result = try run(["--pin", name] + arguments)
    if result.end == .exited(69), result.errors.contains("attaches more while it runs") {
      #expect(!exists)
      return false
    }
    guard result.end == .exited(0) else { throw LiveError("cannot pin \(tool): \(result.errors)") }
    for entry in try FileManager.default.contentsOfDirectory(atPath: folder) {
      guard let descriptor = KernelObject.open(pinned: "\(folder)/\(entry)") else { continue }
      defer { close(descriptor) }
      let text = File.contents(of: "/proc/self/fdinfo/\(descriptor)") ?? ""
      for line in text.split(separator: "\n") {
        for kind in ["prog", "map", "link"] where line.hasPrefix("\(kind)_id:") {
          objects += [kind, String(line.split(separator: "\t").last ?? "")]
        }
      }
    }
    return true
  }

  func attach(_ arguments: [String] = []) throws -> RunResult {
    try run(["--attach", name] + arguments)
  }

  /// Prints what is pinned and then what comes, until it is stopped.
  func watch(_ arguments: [String] = []) throws -> Subprocess {
    try Subprocess([Executable.path(tool), "--attach", name, "--watch", "--json"] + arguments)
  }

  /// Ends it. Nothing may be left.
  func unpin() throws {
    let result = try run(["--unpin", name])
    #expect(result.end == .exited(0), "\(result.errors)")
    #expect(!exists)
    #expect(!objects.isEmpty)
    let left = try Subprocess([Executable.path("workload"), "objects", "30"] + objects)
    try left.wait()
    #expect(left.output.text == "")
  }
}

extension Subprocess {
  /// Waits until so many lines are written.
  fileprivate func await(rows: Int) throws {
    try waitFor("\(rows) rows") { self.output.data.count { $0 == UInt8(ascii: "\n") } >= rows }
  }

  /// Waits for the end.
  fileprivate func result() throws -> RunResult {
    let end = try wait()
    return RunResult(end: end, output: output.data, errors: errors.text, leftInKernel: "")
  }
}

/// The plans that can be pinned. A perf event with a program is a link where probes can pass a
/// number, which came with these links (82e6b1eee6a8 "bpf: Allow to specify user-provided
/// bpf_cookie for BPF perf links").
private func pinnable(_ plans: [Plan]) -> [Plan] {
  let byEvents = ["tracepoint", "kprobe", "uprobe", "perf_event"]
  return plans.filter { plan in
    KernelFeatures.hasCookies || !byEvents.contains { plan.hooks.hasPrefix($0) }
  }
}

extension Live {
  /// Programs that run on when their tool has ended, with their last events in the kernel.
  @Suite struct PinnedTools {
    @Test(
      "what probes miss after the end of the tool is in the account",
      .enabled(if: FIFOReaders.areCounted, "the kernel does not report what probes miss"))
    func misses() throws {
      let pin = try PinCase("funcslower")
      let words = ["-m", "0", FIFOReaders.function]
      try pin.pin(words + ["--hooks", "kprobe", "--last", "1h"])
      try FIFOReaders.run()
      let result = try pin.attach(words + ["--json"])
      let (shown, missed) = (try result.rows().count, try result.summary()["missed"] ?? 0)
      let calls = FIFOReaders.calls
      #expect(shown < calls && shown + missed == calls, "\(shown) shown, \(missed) missed")
      try pin.unpin()
    }

    @Test("events after the end of the tool", arguments: pinnable(Plan.offered("opensnoop")))
    func opens(_ plan: Plan) throws {
      let pin = try PinCase("opensnoop")
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      try pin.pin(["--pid", "\(workload.pid)", "--hooks", plan.hooks, "--last", "1h"])
      let before = try pin.attach(["--json"])
      #expect(try before.summary()["seen"] == 0)
      try workload.run()
      for _ in 0..<2 {
        let result = try pin.attach(["--json"])
        #expect(result.end == .exited(0) && result.errors == "")
        let rows = try result.rows(), summary = try result.summary()
        #expect(rows.count == 23)
        #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["path"] == "/etc/passwd" })
        #expect(summary["seen"] == 23 && summary["lost"] == 0 && summary["overwritten"] == 0)
      }
      let table = try pin.attach(["--columns", "ppid,path"])
      let words = table.lines.dropFirst().map { $0.split(separator: " ").map(String.init) }
      #expect(words == Array(repeating: ["\(getpid())", "/etc/passwd"], count: 23))
      let old = try pin.attach(["--json", "--last", "0.000001", "--stats"])
      #expect(try old.rows().isEmpty)
      #expect(try old.summary()["filtered"] == 23)
      try pin.unpin()
    }

    @Test("what has no room for all keeps the last ones, without a gap")
    func overwriting() throws {
      let pin = try PinCase("opensnoop")
      let number = 3001
      let workload = try Workload("numbers", "\(number)")
      try pin.pin(["--pid", "\(workload.pid)", "--pin-size", "4K"])
      try workload.run()
      let result = try pin.attach(["--json"])
      let rows = try result.rows(), summary = try result.summary()
      #expect(rows.count > 0 && rows.count < number)
      #expect(
        rows.map { $0["path"] ?? "" } == (number - rows.count..<number).map { "/numbers/\($0)" })
      #expect(summary["seen"] == number && summary["lost"] == 0)
      #expect(summary["overwritten"] == number - rows.count)
      #expect(result.errors.contains("\(number - rows.count) older events were overwritten"))
      try pin.unpin()
    }

    @Test("a watch prints what is pinned, and each event that comes")
    func watch() throws {
      let pin = try PinCase("opensnoop")
      let before = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let number = 3001
      let after = try Workload("numbers", "\(number)")
      try pin.pin(["--pid", "\(before.pid),\(after.pid)"])
      try before.run()
      let watch = try pin.watch()
      try watch.await(rows: 23)
      try after.run()
      // It has read some of them at most.
      watch.signal(SIGINT)
      let result = try watch.result()
      #expect(result.end == .exited(0) && result.errors == "", "\(result.errors)")
      let rows = try result.rows(), summary = try result.summary()
      #expect(rows.prefix(23).allSatisfy { $0["pid"] == before.pid })
      #expect(rows.dropFirst(23).map { $0["path"] ?? "" } == (0..<number).map { "/numbers/\($0)" })
      #expect(summary["seen"] == 23 + number && summary["shown"] == 23 + number)
      #expect(summary["lost"] == 0 && summary["overwritten"] == 0)
      let last = try pin.watch(["--last", "0.000001", "--duration", "0.3"]).result()
      #expect(try last.end == .exited(0) && last.rows().isEmpty)
      #expect(try last.summary()["filtered"] == 23 + number)
      try pin.unpin()
    }

    @Test("what is overwritten while nobody reads is lost to a watch")
    func lateWatch() throws {
      let pin = try PinCase("opensnoop")
      let number = 5003
      let before = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let after = try Workload("numbers", "\(number)")
      try pin.pin(["--pid", "\(before.pid),\(after.pid)", "--pin-size", "4K"])
      try before.run()
      let watch = try pin.watch()
      try watch.await(rows: 23)
      watch.signal(SIGSTOP)
      try after.run()
      watch.signal(SIGCONT)
      watch.signal(SIGINT)
      let result = try watch.result()
      let rows = try result.rows(), summary = try result.summary()
      let lost = number + 23 - rows.count
      #expect(lost > 0 && summary["lost"] == lost && summary["overwritten"] == 0)
      #expect(summary["seen"] == number + 23)
      let paths = rows.dropFirst(23).map { $0["path"] ?? "" }
      #expect(paths == (lost..<number).map { "/numbers/\($0)" })
      #expect(result.errors.contains("lost \(lost) of \(number + 23) events"))
      try pin.unpin()
    }

    @Test("a watch ends with the pin, and holds nothing of it")
    func watchedPin() throws {
      let pin = try PinCase("opensnoop")
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      try pin.pin(["--pid", "\(workload.pid)"])
      let watch = try pin.watch()
      try workload.run()
      try watch.await(rows: 23)
      try pin.unpin()
      let result = try watch.result()
      #expect(result.end == .exited(0))
      #expect(result.errors == "opensnoop: the pin '\(pin.name)' was ended\n")
      #expect(try result.summary()["shown"] == 23)
    }

    private static let streams = ToolCase.all.filter { $0.runner == "stream" }

    @Test("each tool with a row for an event", arguments: streams)
    func each(_ tool: ToolCase) throws {
      let plans = tool.plans[0]
      guard !pinnable(Plan.all.filter { $0.tool == tool.name && $0.obstacle == nil }).isEmpty else {
        return
      }
      let scene = try ToolCase.Scene(tool, plans.workload)
      let pin = try PinCase(tool.name)
      let arguments = tool.arguments(for: scene.workload) + plans.options
      guard try pin.pin(arguments + TracedRun.needed(tool.name, arguments)) else { return }
      try scene.workload.run()
      let options = ["--json"] + (tool.options ?? []) + plans.options
      let result = try pin.attach(
        options.filter { $0 != "--follow" } + TracedRun.needed(tool.name, arguments))
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(tool.number(in: try result.rows(), of: plans) == ToolCase.number)
      try pin.unpin()
    }

    @Test("refusals are one sentence with its status")
    func refusals() throws {
      let pin = try PinCase("opensnoop")
      func expect(
        _ status: Int32, _ sentence: String, _ arguments: [String], of tool: String? = nil,
        environment: [String] = []
      ) throws {
        let result = try pin.run(arguments, of: tool, environment: environment)
        #expect(result.end == .exited(status), "\(arguments): \(result.errors)")
        #expect(result.errors.contains(sentence), "\(arguments)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.output.isEmpty)
      }
      try expect(64, "there is no pin '\(pin.name)'", ["--attach", pin.name])
      try expect(64, "there is no pin '\(pin.name)'", ["--unpin", pin.name])
      try expect(64, "a name has 1 to 64 letters", ["--pin", "../etc"])
      try expect(64, "a command", ["--pin", pin.name, "--", "true"])
      try expect(64, "--pin and --attach", ["--pin", "a", "--attach", "b"])
      try expect(64, "--last needs", ["--last", "60s"])
      try expect(64, "--watch needs --attach", ["--watch"])
      try expect(
        69, "no BPF file system is mounted at /sys/fs/bpf", ["--pin", pin.name],
        environment: ["--hide", "/sys/fs/bpf"])
      try expect(77, "not permitted", ["--pin", pin.name], environment: ["--uid", "65534"])
      #expect(!pin.exists)
      try pin.pin([])
      try expect(64, "there is a pin '\(pin.name)' already", ["--pin", pin.name])
      try expect(64, "is of another tool, opensnoop", ["--attach", pin.name], of: "tcpstates")
      try expect(64, "is of another tool, opensnoop", ["--unpin", pin.name], of: "tcpstates")
      try expect(64, "a filter must be given with --pin", ["--attach", pin.name, "--pid", "1"])
      try pin.unpin()
    }

    @Test("what somebody else has put there is refused")
    func hostile() throws {
      let pin = try PinCase("opensnoop")
      let directory = try PinDirectory.create(pin.name)
      try PinnedArray.pin((UInt64(1), UInt64(2)), as: "meta", in: directory)
      var result = try pin.attach()
      #expect(result.end == .exited(1) && result.errors.contains("is no pin of this version"))
      chown(pin.folder, 65534, 65534)
      result = try pin.attach()
      #expect(result.end == .exited(77) && result.errors.contains("belongs to another user"))
      result = try pin.run(["--unpin", pin.name])
      #expect(result.end == .exited(77) && pin.exists)
      chown(pin.folder, 0, 0)
      // What is no whole pin can be ended.
      result = try pin.run(["--unpin", pin.name])
      #expect(result.end == .exited(0) && !pin.exists, "\(result.errors)")
    }

    @Test("a signal while it pins leaves nothing, or all", arguments: [0, 5, 20, 60])
    func signals(milliseconds: Int) throws {
      let pin = try PinCase("opensnoop")
      let process = try Subprocess([Executable.path("opensnoop"), "--pin", pin.name])
      usleep(UInt32(milliseconds) * 1000)
      process.signal(SIGTERM)
      let end = try process.wait()
      #expect(pin.exists == (end == .exited(0)), "\(end)")
      if pin.exists {
        let result = try pin.run(["--unpin", pin.name])
        #expect(result.end == .exited(0))
      }
    }

    @Test("doctor lists it with what it costs")
    func doctor() throws {
      let pin = try PinCase("opensnoop")
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      try pin.pin(["--pid", "\(workload.pid)"])
      try workload.run()
      let result = try pin.run(["--json", "opensnoop"], of: "doctor")
      let row = try result.records().first { $0["type"] == "pin" && $0["pin"] == pin.name }
      #expect(row?["tool"] == "opensnoop" && row?["events"] == 23 && row?["lost"] == 0)
      #expect((row?["map_bytes"] ?? 0) > 1 << 17)
      try pin.unpin()
    }
  }
}
