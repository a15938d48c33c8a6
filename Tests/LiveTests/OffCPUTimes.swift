import Foundation
import Testing

extension Live {
  /// offcputime counts naps of a known number and length.
  @Suite struct OffCPUTimes {
    static let plans = Plan.offered("offcputime")
    static let wakerPlans = Plan.offered("offcputime", "--wakers")
    private static let number = 23
    private static let milliseconds = 20

    private func rows(
      _ plan: Plan, _ options: [String] = []
    ) throws -> (rows: [Row], workload: Workload) {
      let (rows, workload) = try rows(plan, each: [options])
      return (rows[0], workload)
    }

    private func rows(
      _ plan: Plan, each lists: [[String]]
    ) throws -> (rows: [[Row]], workload: Workload) {
      let workload = try Workload("naps", "\(Self.number)", "\(Self.milliseconds)")
      let results = try plan.traceEach(
        workload, lists, naming: ["@tid": workload.announcement, "@": "\(workload.pid)"])
      let rows = try results.map { result in
        let summary = try result.summary()
        #expect(summary["seen"] == summary["shown"] as Int?)
        return try result.rows()
      }
      return (rows, workload)
    }

    private func naps(_ rows: [Row]) -> [Row] {
      rows.filter { $0.texts("user").contains("nap_in_here") }
    }

    private func count(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    @Test("23 naps of 20 ms are counted where they were taken", arguments: plans)
    func whole(_ plan: Plan) throws {
      let (rows, workload) = try rows(plan, ["-p", "@", "--state", "1"])
      let naps = naps(rows)
      #expect(count(naps) == Self.number)
      // A thread that is preempted on its way to sleep is runnable for that time.
      #expect(
        naps.reduce(0) { $0 + ($1["total_us"] ?? 0) }
          >= Self.number * Self.milliseconds * 1000 / 2)
      for row in naps {
        #expect(row["pid"] == workload.pid)
        #expect(row["tid"] == Int(workload.announcement))
        #expect(row["comm"] == "sleeper")
        #expect(row.texts("kernel").contains { $0 == "schedule" })
        #expect(!row.texts("kernel").contains { $0.hasPrefix("bpf_") })
      }
    }

    @Test("filters let the sleeper through", .alone, arguments: plans)
    func filters(_ plan: Plan) throws {
      let filters = [
        ["-t", "@tid"], ["--comm", "sleeper"], ["-u", "-p", "@"], ["-m", "10000", "-p", "@"],
        ["-M", "100000000", "-p", "@"],
      ]
      let all = try rows(plan, each: filters.map { $0 + ["--state", "1"] }).rows
      for (filter, rows) in zip(filters, all) {
        // On a loaded machine one that is preempted on its way to sleep may not sleep at all.
        let found = count(naps(rows))
        #expect(
          found == Self.number || found == Self.number - 1, "\(filter) \(rows.map(\.values))")
      }
    }

    @Test("filters keep the sleeper out", .alone, arguments: plans)
    func excludingFilters(_ plan: Plan) throws {
      let filters = [
        ["-t", "@"], ["-k"], ["--state", "2"], ["-m", "600000000"],
        // Preempted it may be for less.
        ["-M", "1000", "--state", "1"],
        ["--comm", "sleepers"], ["--uid", "65533"],
      ]
      for (filter, rows) in zip(filters, try rows(plan, each: filters).rows) {
        #expect(naps(rows).isEmpty, "\(filter)")
      }
    }

    @Test("intervals lose none", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let naps = naps(try rows(plan, ["-p", "@", "--state", "1", "--interval", "0.1"]).rows)
      #expect(count(naps) == Self.number)
      #expect(naps.count > 1)
    }

    @Test("--wakers tells who woke the sleeper, and where", arguments: wakerPlans)
    func wakers(_ plan: Plan) throws {
      let (rows, workload) = try rows(plan, ["-p", "@", "--state", "1"])
      let naps = naps(rows)
      #expect(count(naps) == Self.number)
      let woken = naps.filter { $0.texts("waker_user").contains("wake_from_here") }
      #expect(count(woken) == Self.number)
      for row in woken {
        #expect(row["waker_pid"] == workload.pid)
        #expect(row["waker_tid"] == workload.pid)
        #expect(row["waker_comm"] == "workload")
        #expect(row.texts("waker_kernel").contains { $0.contains("futex") })
      }
    }

    @Test("an interrupt is marked as what woke the sleeper", arguments: wakerPlans)
    func interrupts(_ plan: Plan) throws {
      let workload = try Workload("naps", "\(Self.number)", "\(Self.milliseconds)", "timeout")
      let result = try plan.trace(
        workload, ["-p", "@", "--comm", "sleeper", "--state", "1"], naming: ["@": "\(workload.pid)"]
      )
      let rows = try result.rows()
      #expect(count(rows) == Self.number)
      for row in rows {
        #expect(row["waker_comm"] == "[interrupt]")
        #expect(row.values["waker_pid"] is NSNull && row.values["waker_tid"] is NSNull)
        #expect(row.texts("waker_kernel").contains { $0.contains("hrtimer") })
      }
    }

    @Test("a task that runs a softirq itself is the waker", arguments: wakerPlans)
    func softirqs(_ plan: Plan) throws {
      let workload = try Workload("rtts", "\(Self.number)", "4")
      let server = try #require(workload.announcement.split(separator: " ").dropFirst(2).first)
      let result = try plan.trace(workload, ["-p", "@"], naming: ["@": "\(workload.pid)"])
      let woken = try result.rows().filter { row in
        row.texts("waker_kernel").contains { $0.hasPrefix("do_softirq") }
          && row.texts("waker_kernel").contains { $0.contains("tcp_sendmsg") }
      }
      #expect(!woken.isEmpty)
      for row in woken {
        #expect("\(row["waker_pid"] ?? 0)" == server && row["waker_comm"] == "workload")
      }
    }

    @Test("offwaketime is offcputime with the wakers, in bcc's form")
    func alias() throws {
      let plan = try #require(Self.wakerPlans.first)
      let folder = try Scratch()
      let name = folder.path + "/offwaketime"
      try FileManager.default.createSymbolicLink(
        atPath: name, withDestinationPath: Executable.path("offcputime"))
      func lines(_ options: [String]) throws -> [String] {
        let workload = try Workload("naps", "\(Self.number)", "\(Self.milliseconds)")
        let process = try Subprocess(
          [name, "-v", "--hooks", plan.hooks, "-t", workload.announcement, "--state", "1"]
            + options)
        try waitFor("offwaketime to attach") { process.errors.text.contains("attached by ") }
        try workload.run()
        process.signal(SIGINT)
        #expect(try process.wait() == .exited(0))
        return process.output.text.split(separator: "\n").map(String.init)
      }
      let table = try lines([])
      let waker = try #require(table.firstIndex { $0.hasPrefix("    waker:           workload (") })
      let rest = table[waker...]
      let parts = [
        "    wake_from_here", "    --", "    nap_in_here", "    target:          sleeper (",
      ].map { part in rest.firstIndex { $0.hasPrefix(part) } ?? -1 }
      #expect(parts == parts.sorted() && parts[0] > waker, "\(rest)")
      let folded = try lines(["-f"])
      #expect(
        folded.contains {
          $0.hasPrefix("sleeper;") && $0.contains(";nap_in_here;") && $0.contains(";--;")
            && $0.contains(";wake_from_here;") && $0.contains(";workload ")
        }, "\(folded)")
    }

    @Test("more different stacks than the kernel keeps at once are all there", .alone)
    func manyStacks() throws {
      let plan = try #require(Self.plans.first)
      let number = 20_011
      let workload = try Workload("stacks", "\(number)")
      let run = try TracedRun(
        "offcputime", ["-f", "-U", "-p", "\(workload.pid)", "--state", "1", "--stats"],
        plan: plan.hooks)
      let slept = try workload.run().last?.first ?? 0
      let result = try run.stop()
      let stacks = Set(
        result.lines.filter { $0.contains(";nap_here;") }
          .compactMap { $0.split(separator: " ").first })
      // A switch can have another reason than the sleep.
      #expect(stacks.count <= slept && stacks.count > 99 * number / 100, "\(slept)")
      let account = "seen \(stacks.count), shown \(stacks.count), filtered 0, lost 0, map full 0,"
      #expect(result.errors.contains(account), "\(result.errors)")
    }

    @Test("-f folds, with the time in microseconds")
    func folded() throws {
      let plan = try #require(Self.plans.first)
      let workload = try Workload("naps", "\(Self.number)", "\(Self.milliseconds)")
      let run = try TracedRun(
        "offcputime", ["-f", "-p", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines.filter { $0.contains(";nap_in_here;") }
      let times = lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
      #expect(times.reduce(0, +) >= Self.number * Self.milliseconds * 1000)
      #expect(lines.allSatisfy { $0.hasPrefix("sleeper;") })
    }
  }
}
