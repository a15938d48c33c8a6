import Foundation
import Glibc
import Testing

extension Live {
  /// What was seen is what was shown and what was lost, whoever reads the output
  /// and however fast.
  @Suite(.alone) struct Accounts {
    /// A generator at a rate, or as fast as it can.
    enum Pace: String, CaseIterable {
      case paced
      case unpaced

      var number: Int {
        switch self {
        case .paced: Patience.isEmulated ? 2003 : 20_011
        case .unpaced: Patience.isEmulated ? 10_007 : 100_003
        }
      }

      func start() throws -> Workload {
        let rate = self == .paced ? ["--rate", Patience.isEmulated ? "1000" : "10000"] : []
        return try Workload(["opens"] + rate + ["\(number)", "openat", "/etc/passwd", "0", "0"])
      }
    }

    private static let tool = ["--json", "--columns", "pid,path"]

    @Test(
      "seen = shown + lost with a known number of opens",
      arguments: Pace.allCases, Place.Kind.allCases)
    func balance(_ pace: Pace, _ kind: Place.Kind) throws {
      let workload = try pace.start(), place = try Place(kind)
      let run = try TracedRun(
        "opensnoop", Self.tool + ["-p", "\(workload.pid)"], output: place.sink)
      try workload.run()
      var result = try run.stop()
      result.output = try place.contents()
      #expect(result.end == .exited(0))
      try expectBalance(result, number: pace.number)
      if pace == .paced { #expect(try result.summary()["lost"] == 0) }
    }

    private func expectBalance(_ result: RunResult, number: Int) throws {
      let summary = try result.summary()
      let shown = try #require(summary["shown"] as Int?)
      #expect(summary["seen"] == shown + (summary["lost"] ?? -1))
      #expect(number == (summary["seen"] ?? 0) + (summary["missed"] ?? 0))
      #expect(try result.rows().count == shown)
    }

    @Test("a run that is ended under full load balances", arguments: Opens.plans)
    func endUnderLoad(_ plan: Plan) throws {
      let workload = try Workload("opens", "100000000", "openat", "/etc/passwd", "0", "0")
      let run = try plan.run(
        ["-p", "\(workload.pid)", "--columns", "pid", "--duration", "0.5"])
      workload.go()
      let result = try run.finish()
      workload.kill()
      let summary = try result.summary()
      let shown = try #require(summary["shown"] as Int?)
      #expect(shown > 0)
      #expect(summary["seen"] == shown + (summary["lost"] ?? -1), "\(summary.values)")
      #expect(try result.rows().count == shown)
    }

    @Test("a signal ends a run whose events come faster than they are read")
    func signalUnderLoad() throws {
      let workload = try Workload("opens", "100000000", "openat", "/etc/passwd", "0", "0")
      let place = try Place(.slowPipe)
      let run = try TracedRun(
        "opensnoop", ["--json", "-p", "\(workload.pid)", "-b", "64K"], output: place.sink)
      workload.go()
      try waitFor("a loss") { run.process.errors.text.contains(": lost ") }
      run.process.signal(SIGINT)
      var result = try run.finish()
      workload.kill()
      result.output = try place.contents()
      #expect(result.end == .exited(0))
      let summary = try result.summary()
      let shown = try #require(summary["shown"] as Int?)
      #expect(summary["seen"] == shown + (summary["lost"] ?? -1), "\(summary.values)")
      #expect(try result.rows().count == shown)
    }

    @Test("an account of every interval takes nothing from the histograms of the next")
    func histograms() throws {
      let plan = try #require(Plan.offered("runqlat").first)
      let run = try plan.run(["--interval", "1", "--accounts"])
      // Each account was written while tasks went on to run.
      try waitFor("three accounts") {
        run.process.output.text.split(separator: "\n").count { $0.contains(#""account""#) } >= 3
      }
      let result = try run.stop()
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?, "\(summary.values)")
      let counted = try result.rows().reduce(0) { sum, row in
        let buckets = row.values["buckets"] as? [[String: Any]] ?? []
        return sum + buckets.reduce(0) { $0 + (($1["count"] as? Int) ?? 0) }
      }
      #expect(summary["seen"] == counted)
    }

    @Test("a reader that goes away ends it with a balance and without a word")
    func closed() throws {
      for stats in [false, true] {
        let number = Pace.unpaced.number
        let workload = try Pace.unpaced.start()
        let (read, write) = try Subprocess.pipe()
        let run = try TracedRun(
          "opensnoop", Self.tool + ["-p", "\(workload.pid)"] + (stats ? ["--stats"] : []),
          output: .descriptor(write))
        close(write)
        workload.go()
        var byte: UInt8 = 0
        while Glibc.read(read, &byte, 1) == 1, byte != UInt8(ascii: "\n") {}
        close(read)
        let result = try run.finish()
        _ = try workload.finish()
        #expect(result.end == .exited(0))
        guard stats else {
          #expect(!result.errors.contains("seen"), "\(result.errors)")
          continue
        }
        let account = try result.account()
        let seen = try #require(account["seen"])
        #expect((1...number).contains(seen))
        #expect(
          seen == (account["shown"] ?? 0) + (account["filtered"] ?? 0) + (account["lost"] ?? 0),
          "\(account)")
      }
    }

    @Test("loss is told while it happens, at most once a second, and in total at the end")
    func toldLoss() throws {
      let number = Patience.isEmulated ? 50_021 : 300_007
      let workload = try Workload("opens", "\(number)", "openat", "/etc/passwd", "0", "0")
      let run = try TracedRun(
        "opensnoop", Self.tool + ["-p", "\(workload.pid)", "--buffer-size", "4K", "--stats"])
      let start = ContinuousClock.now
      try workload.run()
      try waitFor("the loss to be told") { run.process.errors.text.contains(" lost ") }
      let result = try run.stop()
      let seconds = Int((ContinuousClock.now - start) / .seconds(1)) + 1
      try expectBalance(result, number: number)
      let lost = try #require(result.summary()["lost"] as Int?)
      #expect(lost > 0)
      let told = result.errors.split(separator: "\n").filter { $0.hasPrefix("opensnoop: lost ") }
      #expect((2...seconds + 1).contains(told.count), "\(told.count) in \(seconds) s")
      #expect(
        told.last == "opensnoop: lost \(lost) of \(number) events (ring buffer full) in total")
      #expect(told.dropLast().allSatisfy { !$0.hasSuffix(" in total") })
    }

    @Test("loss is told while nobody reads the output")
    func toldToNobody() throws {
      let workload = try Workload("opens", "20011", "openat", "/etc/passwd", "0", "0")
      let pipe = try FullPipe()
      let run = try TracedRun(
        "opensnoop", ["--json", "-p", "\(workload.pid)", "-b", "4K"],
        output: .descriptor(pipe.write))
      pipe.closeWrite()
      try workload.run()
      try waitFor("the loss to be told") { run.process.errors.text.contains(" lost ") }
      #expect(run.process.poll() == nil)
      run.process.signal(SIGINT)
      _ = pipe.readAll()
      #expect(try run.finish().end == .exited(0))
    }

    @Test(
      "all opens by one process and by two at once at full speed are shown",
      arguments: zip([1, 2], ["json", "table"]))
    func noLoss(_ processes: Int, _ format: String) throws {
      let number = Patience.isEmulated ? 10_007 : 300_007
      let workloads = try (0..<processes).map { _ in
        try Workload("opens", "\(number)", "openat", "/etc/passwd", "0", "0")
      }
      let scratch = try Scratch()
      let file = scratch.path + "/output"
      let pids = workloads.map { "\($0.pid)" }.joined(separator: ",")
      let run = try TracedRun(
        "opensnoop", ["--format", format, "--stats", "-p", pids, "--output", file])
      for workload in workloads { workload.go() }
      for workload in workloads { _ = try workload.finish() }
      let result = try run.stop()
      let account = try result.account()
      #expect(account["lost"] == 0, "\(result.errors)")
      #expect(account["missed"] == 0 || MayMiss.hits(of: run.attachment ?? ""))
      // What is missed is anybody's.
      let seen = account["seen"] ?? 0
      #expect(seen <= processes * number)
      #expect(seen + (account["missed"] ?? 0) >= processes * number)
      #expect(account["shown"] == account["seen"])
      // A header, or the summary of JSON.
      let lines = try Data(contentsOf: URL(filePath: file)).reduce(0) {
        $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0)
      }
      #expect(lines == (account["shown"] ?? 0) + 1)
    }
  }

  /// What a run cost is told with `--stats`, and only then.
  @Suite struct Costs {
    static let keys = [
      "elapsed_ns", "events_per_second", "written_bytes", "map_bytes", "map_bytes_per_cpu",
      "user_us", "system_us", "program_ns",
    ]

    @Test(
      "--stats adds the cost to the last record and to the account", arguments: ToolCase.models)
    func told(_ model: ToolCase) throws {
      let tool = model.name
      let result = try TracedRun(tool, ["--json", "--stats"]).stop()
      let summary = try result.summary()
      for key in Self.keys { #expect(summary[key] as Int? != nil, "\(key)") }
      let record = result.lines.last?.utf8.count ?? 0
      #expect(summary["written_bytes"] == result.output.count - record - 1)
      #expect((summary["user_us"] ?? 0) + (summary["system_us"] ?? 0) > 0)
      #expect((summary["elapsed_ns"] ?? 0) > 0)
      let told = result.errors.split(separator: "\n").suffix(2)
      #expect(told.first?.hasPrefix("\(tool): seen ") == true, "\(result.errors)")
      #expect(told.last?.hasSuffix(" s in BPF programs") == true, "\(result.errors)")
    }

    @Test("without --stats nothing of it is there", arguments: ToolCase.models)
    func notTold(_ tool: ToolCase) throws {
      let result = try TracedRun(tool.name).stop()
      let summary = try result.summary()
      #expect(Self.keys.allSatisfy { summary.values[$0] == nil })
      #expect(!result.errors.contains("seen"))
    }

    @Test("the time in programs and the rate are those of the events")
    func figures() throws {
      let workload = try Workload("opens", "20011", "openat", "/etc/passwd", "0", "0")
      let run = try TracedRun("opensnoop", ["--json", "--stats", "-p", "\(workload.pid)"])
      try workload.run()
      let result = try run.stop(), summary = try result.summary()
      let seen = try #require(summary["seen"] as Int?)
      #expect(seen == 20_011)
      // An event takes 100 ns at the very least.
      #expect((summary["program_ns"] ?? 0) > seen * 100)
      let elapsed = try #require(summary["elapsed_ns"] as Int?)
      let rate = Int(Double(seen) * 1e9 / Double(elapsed))
      #expect(summary["events_per_second"] == rate)
    }

    @Test("a user who may not measure programs is told so, and traces")
    func notPermitted() throws {
      let setting = try String(
        contentsOfFile: "/proc/sys/kernel/bpf_stats_enabled", encoding: .utf8)
      let result = try TracedRun(
        "execsnoop", ["--json", "--stats"], environment: Privilege.tracing
      ).stop()
      #expect(result.end == .exited(0))
      let isMeasured = setting.hasPrefix("1")
      #expect(try result.summary().values["program_ns"] is NSNull != isMeasured)
      #expect(result.errors.contains("not permitted") != isMeasured, "\(result.errors)")
    }
  }
}
