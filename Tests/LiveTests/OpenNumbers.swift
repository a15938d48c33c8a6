import Foundation
import Testing

extension Live {
  /// opensnoop's account is right at full speed, and its limits hold.
  @Suite(.alone) struct OpenNumbers {
    static let plans = Plan.offered("opensnoop")

    @Test("opens at full speed are all shown or told as lost", arguments: plans)
    func fullSpeed(_ plan: Plan) throws {
      let number = Patience.isEmulated ? 10_007 : 100_003
      let workload = try Workload("opens", "\(number)", "openat", "/etc/passwd", "0", "0")
      let run = try plan.run(["-p", "\(workload.pid)"])
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0))
      let summary = try result.summary()
      let seen = try #require(summary["seen"] as Int?), lost = try #require(summary["lost"] as Int?)
      let shown = try #require(summary["shown"] as Int?),
        missed = try #require(summary["missed"] as Int?)
      // What is missed is anybody's.
      #expect(seen <= number && seen + missed >= number)
      #expect(seen == shown + lost)
      #expect(result.lines.count == shown + 1)
      #expect(shown == number || lost > 0 || missed > 0)
      #expect(missed == 0 || MayMiss.hits(of: plan.hooks), "missed \(missed)")
    }

    @Test("a buffer too small loses events and says how many", arguments: plans)
    func smallBuffer(_ plan: Plan) throws {
      let number = Patience.isEmulated ? 10_007 : 100_003
      let workload = try Workload("opens", "\(number)", "openat", "/etc/passwd", "0", "0")
      let run = try plan.run(["-p", "\(workload.pid)", "--buffer-size", "4K"])
      run.process.signal(SIGSTOP)
      try workload.run()
      run.process.signal(SIGCONT)
      let result = try run.stop()
      let summary = try result.summary()
      let lost = try #require(summary["lost"] as Int?),
        shown = try #require(summary["shown"] as Int?)
      #expect(summary["seen"] == lost + shown)
      #expect(lost > 0 && shown > 0)
      #expect(summary["seen"] == number)
      #expect(result.lines.count == shown + 1)
      #expect(result.errors.contains("lost \(lost) of \(number) events"), "\(result.errors)")
    }

    @Test("--fail-on-loss makes the status say it")
    func failOnLoss() throws {
      for (number, status) in [(23, Int32(0)), (20_011, 1)] {
        let workload = try Workload("opens", "\(number)", "openat", "/etc/passwd", "0", "0")
        let run = try TracedRun(
          "opensnoop", ["--json", "--fail-on-loss", "-b", "4K", "-p", "\(workload.pid)"])
        if status != 0 { run.process.signal(SIGSTOP) }
        try workload.run()
        run.process.signal(SIGCONT)
        let result = try run.stop()
        let summary = try result.summary()
        #expect((summary["lost"] ?? 0 > 0) == (status != 0))
        let missed = summary["missed"] ?? 0 > 0 && MayMiss.hits(of: run.attachment ?? "")
        #expect(result.end == .exited(missed ? 1 : status), "\(number)")
      }
    }

    @Test("--max-events 7 shows 7 of 23 and ends", arguments: plans)
    func mostEvents(_ plan: Plan) throws {
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let run = try plan.run(["-p", "\(workload.pid)", "--max-events", "7"])
      try workload.run()
      let result = try run.finish()
      #expect(result.end == .exited(0))
      #expect(try result.rows().count == 7)
      #expect(try result.summary()["shown"] == 7)
    }

    @Test("--duration ends the run by itself", arguments: plans)
    func duration(_ plan: Plan) throws {
      let start = ContinuousClock.now
      let result = try plan.run(["--duration", "1.5"]).finish()
      #expect(result.end == .exited(0))
      #expect(ContinuousClock.now - start >= .seconds(1.5))
      #expect(try result.summary()["lost"] == 0)
    }

    @Test("ten instances side by side show each its own 23 opens", arguments: plans)
    func tenInstances(_ plan: Plan) throws {
      let workloads = try (0..<10).map { _ in
        try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      }
      let runs = try workloads.map { try plan.run(["-p", "\($0.pid)"]) }
      for workload in workloads { workload.go() }
      for workload in workloads { _ = try workload.finish() }
      for (run, workload) in zip(runs, workloads) {
        let result = try run.stop()
        let rows = try result.rows(), missed: Int = try result.summary()["missed"] ?? 0
        #expect(rows.count == 23 || rows.count < 23 && rows.count + missed >= 23)
        #expect(missed == 0 || MayMiss.hits(of: plan.hooks))
        #expect(rows.allSatisfy { $0["pid"] == workload.pid })
        #expect(result.leftInKernel == "")
      }
    }

    @Test("ten instances that see the same workload show each all 1009 opens", arguments: plans)
    func tenOfTheSame(_ plan: Plan) throws {
      let workload = try Workload("opens", "1009", "openat", "/etc/passwd", "0", "0")
      let runs = try (0..<10).map { _ in try plan.run(["-p", "\(workload.pid)"]) }
      try workload.run()
      for run in runs {
        let result = try run.stop()
        #expect(result.end == .exited(0))
        let summary = try result.summary(), rows = try result.rows().count
        #expect(summary["lost"] == 0 && summary["shown"] == rows)
        #expect(rows <= 1009 && rows + (summary["missed"] ?? 0) >= 1009)
        #expect(summary["missed"] == 0 || MayMiss.hits(of: plan.hooks))
        #expect(result.leftInKernel == "")
      }
    }

    @Test("the table has the columns of libbpf-tools and a line for each open", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("opens", "23", "openat", "/etc/passwd", "0", "0")
      let run = try TracedRun("opensnoop", ["--stats", "-p", "\(workload.pid)"], plan: plan.hooks)
      let outcomes = try workload.run()
      let result = try run.stop()
      let lines = result.lines.map { $0.split(separator: " ").map(String.init) }
      #expect(lines.first == ["PID", "COMM", "FD", "ERR", "PATH"])
      let expected = outcomes.map {
        ["\(workload.pid)", "workload", "\($0[0])", "0", "/etc/passwd"]
      }
      let missed = try MayMiss.told(by: result, of: plan.hooks)
      if missed > 0 {
        #expect(lines.dropFirst().allSatisfy(expected.contains))
        #expect(lines.count <= 24 && lines.count + missed >= 24, "\(result.errors)")
      } else {
        #expect(Array(lines.dropFirst()) == expected)
      }
    }
  }
}

/// Where the kernel may skip a program, which the account then tells as missed.
enum MayMiss {
  /// It preempts tasks in the middle of a program and skips that one for others on
  /// the CPU meanwhile: seen in 7.2, which is always preemptible. debugfs tells.
  private static let preemptsPrograms: Bool = {
    let path = "/sys/kernel/debug/sched/preempt"
    let mode = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return mode.contains("(lazy)") || mode.contains("(full)")
  }()

  /// A classic tracepoint's program is skipped while any other is active.
  static func hits(of hooks: String) -> Bool { hooks == "tracepoint" || preemptsPrograms }

  /// How many a run with `--stats` says were missed, where that may be.
  static func told(by result: RunResult, of hooks: String) throws -> Int {
    hits(of: hooks) ? try result.account()["missed"] ?? 0 : 0
  }
}
