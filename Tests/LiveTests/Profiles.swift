import Foundation
import Testing

extension Live {
  /// profile finds where a workload burns the CPU.
  @Suite(.alone) struct Profiles {
    static let plans = Plan.offered("profile")
    private static let milliseconds = 1500

    private func rows(
      _ plan: Plan, _ options: [String] = [], workload: [String] = ["burns", "\(milliseconds)"],
      environment: [String] = []
    ) throws -> (rows: [Row], workload: Workload, result: RunResult) {
      let (all, workload) = try results(
        plan, each: [options], workload: workload, environment: environment)
      return (all[0].rows, workload, all[0].result)
    }

    private func results(
      _ plan: Plan, each lists: [[String]], workload: [String] = ["burns", "\(milliseconds)"],
      environment: [String] = []
    ) throws -> (all: [(rows: [Row], result: RunResult)], workload: Workload) {
      let workload = try Workload(workload, environment: environment)
      // It has ended before the report.
      let results = try plan.traceEach(workload, lists, naming: ["@": "\(workload.pid)"])
      let all = try results.map { result in
        let rows = try result.rows(), summary = try result.summary()
        let seen: Int = summary["seen"] ?? -1
        let shown: Int = summary["shown"] ?? -1
        let full: Int = summary["map_full"] ?? -1
        #expect(full == 0 ? seen == shown : seen >= shown && seen <= shown + full)
        #expect(samples(rows) == shown)
        return (rows, result)
      }
      return (all, workload)
    }

    private func samples(_ rows: [Row], _ isCounted: (Row) -> Bool = { _ in true }) -> Int {
      rows.reduce(0) { isCounted($1) ? $0 + ($1["count"] ?? 0) : $0 }
    }

    /// So many samples there are at least, at 49 a second.
    private static let least = milliseconds * 49 / 1000 / 2

    @Test("at least 95 % of the samples are in the function that burns", arguments: plans)
    func function(_ plan: Plan) throws {
      let (rows, workload, _) = try rows(plan, ["-p", "@"])
      let all = samples(rows)
      #expect(all >= Self.least)
      let burning = rows.filter { $0.texts("user").first == "burn_the_cpu" }
      #expect(samples(burning) * 100 >= all * 95, "\(samples(burning)) of \(all)")
      for row in burning {
        #expect(row["pid"] == workload.pid)
        #expect(row["comm"] == "workload")
        #expect(
          row.texts("user").prefix(5)
            == ["burn_the_cpu", "burn_inner", "burn_outer", "burns", "main"])
      }
    }

    @Test("filters let the workload through and keep others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let wanted = [["-L", "@"], ["--comm", "workload", "-p", "@"], ["--uid", "0", "-p", "@"]]
      let other = try Workload("burns", "1")
      let others = ["-p", "\(other.pid)"]
      let keptOut = [others, ["-L", "\(other.pid)"], ["-p", "@", "--uid", "65533"]]
      let all = try results(plan, each: wanted + keptOut).all.map(\.rows)
      for (options, rows) in zip(wanted, all) {
        #expect(samples(rows) >= Self.least, "\(options)")
      }
      for (options, rows) in zip(keptOut, all.dropFirst(wanted.count)) {
        #expect(rows.isEmpty, "\(options): \(rows)")
      }
    }

    @Test("-U has no kernel frames, -K no frames of user space", arguments: plans)
    func sides(_ plan: Plan) throws {
      let calls = ["calls", "3000000"]
      let lists = [["-p", "@", "-U"], ["-p", "@", "-K"]]
      let all = try results(plan, each: lists, workload: calls).all.map(\.rows)
      let (user, kernel) = (all[0], all[1])
      #expect(!user.isEmpty)
      #expect(user.allSatisfy { $0.texts("kernel").isEmpty })
      #expect(user.contains { !$0.texts("user").isEmpty })
      #expect(!kernel.isEmpty)
      #expect(kernel.allSatisfy { $0.texts("user").isEmpty })
      let named = kernel.flatMap { $0.texts("kernel") }
      #expect(named.contains { KernelSymbols.has($0) }, "\(named)")
    }

    @Test("-F takes so many samples, -c one in each period", arguments: plans)
    func rates(_ plan: Plan) throws {
      let lists = [["-F", "499"], ["-c", "10000000"]].map { ["-p", "@"] + $0 }
      let all = try results(plan, each: lists).all.map { samples($0.rows) }
      let (often, counted) = (all[0], all[1])
      #expect(often >= Self.milliseconds * 499 / 1000 / 2)
      // Cycles are at least as many as nanoseconds of a clock of 1 GHz.
      #expect(counted >= Self.milliseconds / 10 / 2)
    }

    @Test("-C samples one CPU, and -I its idle task too", arguments: plans)
    func idle(_ plan: Plan) throws {
      let without = try rows(plan, ["-C", "0"], workload: ["naps", "23", "20"]).rows
      #expect(without.allSatisfy { $0["pid"] != 0 })
      // By its cycles an idle CPU is not sampled, and a virtual one seldom by its clock.
      guard plan.hooks.hasSuffix(":2") else { return }
      let before = try Self.idleTicks()
      let with = try rows(plan, ["-I", "-F", "997"], workload: ["naps", "97", "20"]).rows
      // Where others keep all CPUs busy there is nothing to sample.
      guard try Self.idleTicks() - before > 20 else { return }
      #expect(with.contains { $0["pid"] == 0 && ($0["comm"] ?? "").hasPrefix("swapper") })
    }

    /// How long CPUs have been idle, in hundredths of a second.
    private static func idleTicks() throws -> Int {
      let text = try String(contentsOfFile: "/proc/stat", encoding: .utf8)
      let fields = text.prefix { $0 != "\n" }.split(separator: " ")
      return try #require(Int(fields[4]))
    }

    @Test("a depth cuts the stacks, and tells so", arguments: plans)
    func depth(_ plan: Plan) throws {
      let (rows, _, result) = try rows(plan, ["-p", "@", "--perf-max-stack-depth", "2"])
      #expect(rows.allSatisfy { $0.texts("user").count <= 2 && $0.texts("kernel").count <= 2 })
      #expect(rows.contains { $0.texts("user") == ["burn_the_cpu", "burn_inner"] })
      #expect(try result.summary()["truncated"] ?? 0 > 0)
    }

    @Test("stacks that find no room are counted, and said not to be kept", arguments: plans)
    func room(_ plan: Plan) throws {
      let (rows, _, result) = try rows(
        plan, ["-p", "@", "-F", "999", "--stack-storage-size", "1"], workload: ["calls", "3000000"])
      #expect(try result.summary()["map_full"] ?? 0 > 0)
      #expect(rows.count <= 1)
    }

    @Test("code made at run time has its names from a file of the process's user alone")
    func madeCode() throws {
      let plan = try #require(Self.plans.last)
      let own = try rows(plan, ["-p", "@"], workload: ["burns", "\(Self.milliseconds)", "0"]).rows
      #expect(samples(own) { $0.texts("user").first == "burn_made_code()" } >= Self.least)
      let others = try rows(
        plan, ["-p", "@"], workload: ["burns", "\(Self.milliseconds)", "65533"]
      ).rows
      #expect(others.allSatisfy { !$0.texts("user").contains("burn_made_code()") })
      #expect(samples(others) { $0.texts("user").first == "[unknown]" } >= Self.least)
    }

    @Test("who may not read others' processes is told why they have no names")
    func ordinaryUser() throws {
      let plan = try #require(Self.plans.last)
      let setting = try Setting(Self.paranoid, "2")
      let workload = try Workload("burns", "\(Self.milliseconds)")
      let run = try plan.run(["-p", "\(workload.pid)"], environment: Privilege.tracing)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0))
      #expect(
        try result.rows().allSatisfy {
          Set($0.texts("user")).isSubset(of: ["[unknown]", "[by frame pointers]"])
        })
      let told = result.errors.split(separator: "\n").filter { $0.contains("CAP_SYS_PTRACE") }
      #expect(told.count == 1, "\(result.errors)")
      #expect(try setting.read() == "2")
    }

    @Test("a name that has no end when it is written out is the linker's")
    func endlessName() throws {
      let plan = try #require(Self.plans.last)
      let rows = try rows(plan, ["-p", "@"], workload: ["mislabels", "\(Self.milliseconds)"]).rows
      #expect(
        samples(rows) { row in
          row.texts("user").contains { $0.hasPrefix("_Z3f00St4pairIiiES_IS0_S0_E") }
        } >= Self.least)
    }

    private static let paranoid = "/proc/sys/kernel/perf_event_paranoid"

    @Test("where the kernel keeps events from such a user, the setting is named")
    func closedEvents() throws {
      let setting = try Setting(Self.paranoid, "3")
      let process = try TracedRun.startOrEnd("profile", ["--json"], environment: Privilege.tracing)
      process.signal(SIGINT)
      let end = try process.wait()
      #expect(try setting.read() == "3")
      // The level is Debian's, and means nothing to others.
      guard end != .exited(0) else { return }
      #expect(end == .exited(77) || end == .exited(69))
      let words = process.errors.text
      #expect(words.contains("kernel.perf_event_paranoid=2"), "\(words)")
    }

    @Test("an interval prints again and again, and loses none", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let (rows, _, _) = try rows(plan, ["-p", "@", "--interval", "0.2"])
      let burning = rows.filter { $0.texts("user").first == "burn_the_cpu" }
      #expect(burning.count > 1)
      let others = rows.filter { $0.texts("user").first != "burn_the_cpu" }.map(\.values)
      #expect(samples(burning) * 100 >= samples(rows) * 95, "\(others)")
    }

    @Test("--baseline colours what changed, and --with draws sleeps beside samples")
    func comparisons() throws {
      let plan = try #require(Self.plans.last)
      let scratch = try Scratch()
      let (before, graph) = (scratch.path + "/before.txt", scratch.path + "/graph.svg")
      func lines(_ tool: String, _ options: [String], _ workload: [String]) throws -> [Substring] {
        let workload = try Workload(workload)
        let hooks = tool == "profile" ? plan.hooks : nil
        let run = try TracedRun(tool, ["-p", "\(workload.pid)"] + options, plan: hooks)
        try workload.run()
        return try run.stop().lines
      }
      func drawn(_ options: [String]) throws -> String {
        let printed = try lines(
          "profile", ["--flamegraph", graph] + options, ["burns", "\(Self.milliseconds)"])
        #expect(printed.isEmpty)
        return try String(contentsOfFile: graph, encoding: .utf8)
      }
      let burnt = try lines("profile", ["-f"], ["burns", "\(Self.milliseconds)"])
      let gone = burnt.map { $0 + "\n" }.joined() + "workload;gone 5\n"
      try gone.write(toFile: before, atomically: true, encoding: .utf8)
      let changed = try drawn(["--baseline", before])
      #expect(changed.contains("% workload;gone\n"))
      #expect(changed.contains("<title>burn_the_cpu</title>"))
      let slept = try lines("offcputime", ["-f", "--state", "1"], ["naps", "23", "20"])
      let text = slept.map { $0 + "\n" }.joined()
      try text.write(toFile: before, atomically: true, encoding: .utf8)
      let both = try drawn(["--with", before])
      #expect(both.contains("<title>nap_in_here</title>"))
      // Samples count as their time, of which most was used.
      let frame = try #require(
        both.firstMatch(of: /<title>burn_the_cpu<\/title>.* data-other="0".*-value="(\d+)"/))
      let time = try #require(Int(frame.1))
      #expect(time > Self.milliseconds * 400 && time < Self.milliseconds * 1300, "\(time)")
    }

    @Test("-f folds, --flamegraph draws, and a table says who it was")
    func texts() throws {
      let plan = try #require(Self.plans.last)
      let scratch = try Scratch()
      let graph = scratch.path + "/cpu.svg"
      func lines(_ options: [String]) throws -> [Substring] {
        let workload = try Workload("burns", "\(Self.milliseconds)")
        let run = try TracedRun("profile", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        return try run.stop().lines
      }
      let folded = try lines(["-f", "--flamegraph", graph])
      #expect(
        folded.contains {
          $0.hasPrefix("workload;")
            && $0.contains(";main;burns;burn_outer;burn_inner;burn_the_cpu ")
        })
      let drawing = try String(contentsOfFile: graph, encoding: .utf8)
      #expect(drawing.contains("<title>burn_the_cpu</title>"))
      #expect(drawing.hasSuffix("</svg>\n"))
      let table = try lines([])
      let place = try #require(table.firstIndex { $0 == "    burn_the_cpu" })
      #expect(table[place + 1] == "    burn_inner")
      #expect(table.contains { $0.hasPrefix("    -                workload (") })
      #expect(try lines(["--flamegraph", graph]).isEmpty)
    }
  }
}
