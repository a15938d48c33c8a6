import Foundation
import Testing

extension Live {
  /// futexctn counts waits of a known number and length, where they were.
  @Suite struct FutexWaits {
    static let plans = Plan.offered("futexctn")
    private static let number = 23
    private static let milliseconds = 20
    /// The power of two below it, in microseconds.
    private static let least = 16384

    /// Runs a workload whose thread waits. In an option `@` stands for its process, `@tid`
    /// for the thread and `@lock` for where it waits.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-p", "@"], _ kind: String = "wait"
    ) throws -> (rows: [Row], pid: Int, tid: Int, lock: String) {
      let workload = try Workload("naps", "\(Self.number)", "\(Self.milliseconds)", kind)
      let said = workload.announcement.split(separator: " ")
      let result = try plan.trace(
        workload, options,
        naming: ["@tid": "\(said[0])", "@lock": "\(said[1])", "@": "\(workload.pid)"])
      let rows = try result.rows()
      for row in rows { #expect(row["count"] == row.count(from: 0)) }
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?)
      return (rows, workload.pid, Int(said[0]) ?? 0, "0x\(said[1])")
    }

    /// Those of the thread; the one that ends the process waits for it too.
    private func long(_ rows: [Row], from least: Int = least) -> Int {
      rows.reduce(0) { $1["comm"] == "sleeper" ? $0 + $1.count(from: least) : $0 }
    }

    @Test(
      "23 waits of 20 ms are under their lock, thread and stack, by whatever call",
      arguments: plans,
      ["wait", "bitset", "waitv", "call", "pi", "timeout", "signal", "changed"])
    func exact(_ plan: Plan, _ kind: String) throws {
      let calls = ["waitv": "sys_futex_waitv", "call": "sys_futex_wait"]
      if let call = calls[kind],
        !["__x64_", "__arm64_"].contains(where: { KernelSymbols.has($0 + call) })
      {
        return
      }
      let (rows, pid, tid, lock) = try rows(plan, ["-t", "@tid"], kind)
      let waits = rows.filter { $0.count(from: Self.least) > 0 }
      #expect(long(waits) == Self.number)
      // What did not wait is not counted.
      if kind != "pi" {
        let all: [Int] = rows.filter { $0["lock"] == lock }.map { $0["count"] ?? 0 }
        #expect(all.reduce(0, +) == Self.number)
      }
      for row in waits {
        #expect(row["pid"] == pid && row["tid"] == tid && row["comm"] == "sleeper")
        #expect(row["lock"] == lock)
        #expect(row.texts("user").contains("nap_in_here"), "\(row.texts("user"))")
        let least: Int = row["min"] ?? 0, most: Int = row["max"] ?? 0
        #expect(least >= Self.milliseconds * 1000 && most >= least)
      }
    }

    @Test("filters count the waits of theirs", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Bool)] = [
        (["-t", "@tid"], true), (["-t", "@"], false), (["-p", "@", "-l", "@lock"], true),
        (["-p", "@", "-l", "0x1234"], false), (["-p", "@", "--comm", "sleeper"], true),
        (["-p", "@", "--uid", "65533"], false), (["-p", "1"], false),
      ]
      for (options, isCounted) in cases {
        #expect(long(try rows(plan, options).rows) == (isCounted ? Self.number : 0), "\(options)")
      }
    }

    @Test("-s has one histogram for all stacks of a lock, and no stack", arguments: plans)
    func summaries(_ plan: Plan) throws {
      let (rows, _, _, lock) = try rows(plan, ["-p", "@", "-s"])
      let waits = rows.filter { $0["lock"] == lock }
      #expect(waits.count == 1 && long(waits) == Self.number)
      #expect(rows.allSatisfy { !$0.values.keys.contains("user") })
    }

    @Test("intervals lose no wait, and each has the stack", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let (rows, _, _, _) = try rows(plan, ["-t", "@tid", "-m", "0.1"])
      let waits = rows.filter { $0.count(from: 16) > 0 }
      #expect(waits.count > 1 && long(waits, from: 16) == Self.number)
      #expect(waits.allSatisfy { $0["unit"] == "msecs" })
      for row in waits {
        #expect(row.texts("user").contains("nap_in_here"), "\(row.texts("user"))")
      }
    }

    @Test("stacks that find no room are counted, and said not to be kept")
    func room() throws {
      let plan = try #require(Self.plans.first)
      let (rows, _, _, _) = try rows(plan, ["-p", "@", "--stack-storage-size", "1"])
      #expect(long(rows) == Self.number)
    }

    @Test("the table has a heading, the frames and the bars", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("naps", "\(Self.number)", "\(Self.milliseconds)", "wait")
      let said = workload.announcement.split(separator: " ")
      let run = try TracedRun("futexctn", ["-t", "\(said[0])"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      let heading = "sleeper[\(said[0])] lock 0x\(said[1]) contended \(Self.number) times, "
      let place = try #require(lines.firstIndex { $0.hasPrefix(heading) }, "\(lines)")
      #expect(lines[place].contains(" avg usecs [max: ") && lines[place].hasSuffix(" usecs]"))
      #expect(lines[place + 1] == "    -")
      let frames = lines[(place + 2)...].prefix { $0 != "    -" }
      #expect(frames.contains("    nap_in_here"))
      #expect(lines[place + 3 + frames.count].hasPrefix("     usecs "))
    }
  }
}
