import Foundation
import Testing
import TraceKit

extension Live {
  /// klockstat counts waits for locks of the kernel, and holds where it sees them, by who
  /// acquires the lock.
  @Suite struct KernelLocks {
    static let plans = Plan.offered("klockstat")
    static let functions = plans.filter { ["fentry", "kprobe"].contains($0.hooks) }
    static let contentions = plans.filter { !["fentry", "kprobe"].contains($0.hooks) }
    private static let number = 23
    /// At least so long is each lock held that is waited for.
    private static let nanoseconds = 2_000_000

    private typealias Found = (rows: [Row], pid: Int, waiter: Int, errors: String)

    /// Runs a workload with contended locks. `@waiter` and `@holder` stand for its threads,
    /// `@` for its process.
    private func trace(
      _ plan: Plan, _ options: [String] = ["-p", "@"], _ kind: String = "mutex",
      number: Int = number
    ) throws -> Found {
      let workload = try Workload("locks", "\(number)", kind)
      let threads = workload.announcement.split(separator: " ").map(String.init)
      let result = try plan.trace(
        workload, options,
        naming: [
          "@waiter": threads[0], "@holder": threads.last ?? "", "@": "\(workload.pid)",
        ])
      let summary = try result.summary()
      let (shown, filtered): (Int, Int) = (summary["shown"] ?? 0, summary["filtered"] ?? 0)
      #expect(summary["seen"] == shown + filtered)
      // The kernel's own waits for locks of maps may be missed, which are of no thread here.
      #expect(summary["map_full"] == 0 as Int?)
      return (try result.rows(), workload.pid, Int(threads[0]) ?? 0, result.errors)
    }

    private func select(_ rows: [Row], _ side: String, _ caller: String) -> [Row] {
      rows.filter { row in
        let name: String = row["caller"] ?? ""
        return row["side"] == side && (caller.isEmpty || name.contains(caller))
      }
    }

    private func count(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }

    private func seesFunctions(_ plan: Plan) -> Bool {
      Self.functions.contains { $0.hooks == plan.hooks }
    }

    private static let kinds = [
      ("mutex", "pipe_ioctl+", "mutex"), ("rwsem", "shmem_file_llseek+", "rwsem-write"),
    ]

    @Test(
      "23 waits for a lock are 23 of their caller, spinning and sleeping being one",
      arguments: plans, kinds)
    func exact(_ plan: Plan, _ kind: (name: String, caller: String, lock: String)) throws {
      let (rows, pid, waiter, errors) = try trace(plan, ["-p", "@"], kind.name)
      let waits = select(rows, "wait", kind.caller)
      #expect(waits.count == 1, "\(rows)")
      let row = try #require(waits.first)
      #expect(row["count"] == Self.number && row["kind"] == kind.lock)
      let (max, total): (Int, Int) = (row["max_ns"] ?? 0, row["total_ns"] ?? 0)
      #expect(max >= Self.nanoseconds && total >= Self.number * Self.nanoseconds)
      #expect(row["avg_ns"] == total / Self.number)
      #expect(row["max_pid"] == pid && row["max_tid"] == waiter && row["max_comm"] == "waiter")
      // With five levels of page tables not all begin with 0xffff.
      #expect((row["max_lock"] ?? "").hasPrefix("0xff"))
      #expect(row.texts("kernel") == ["\(kind.caller.dropLast())"])
      let holds = select(rows, "hold", kind.caller)
      #expect(count(holds) == (seesFunctions(plan) ? Self.number : 0))
      #expect(errors.contains("waits for contended locks only") != seesFunctions(plan))
    }

    @Test("a lock is held from its acquisition to its release", arguments: functions)
    func holds(_ plan: Plan) throws {
      let rows = select(try trace(plan).rows, "hold", "pipe_write+")
      #expect(count(rows) == Self.number)
      for row in rows {
        let total: Int = row["total_ns"] ?? 0
        #expect(total >= Self.number * Self.nanoseconds && row["max_comm"] == "holder")
      }
    }

    @Test("23 writes to a pipe that nobody waits for are 23 acquisitions", arguments: plans)
    func uncontended(_ plan: Plan) throws {
      let rows = try trace(plan, ["-p", "@"], "writes").rows
      let expected = seesFunctions(plan) ? Self.number : 0
      for side in ["wait", "hold"] {
        #expect(count(select(rows, side, "pipe_write+")) == expected)
        // It was told to go by a pipe too.
        #expect(count(select(rows, side, "pipe_read+")) >= expected)
      }
    }

    @Test("filters count the waits of theirs", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Bool)] = [
        (["-t", "@waiter"], true), (["-t", "@holder"], false), (["-p", "@", "-c", "pipe_"], true),
        (["-p", "@", "-c", "ipe_"], false), (["-p", "@", "-L", "0x1234"], false),
        (["-p", "@", "--comm", "waiter"], true), (["-p", "1"], false),
        (["-p", "@", "--uid", "65533"], false),
      ]
      for (options, isCounted) in cases {
        let waits = select(try trace(plan, options).rows, "wait", "pipe_ioctl+")
        #expect(count(waits) == (isCounted ? Self.number : 0), "\(options)")
      }
    }

    @Test("-L counts one lock by its address", arguments: plans)
    func lock(_ plan: Plan) throws {
      let workload = try Workload("locks", "100000", "mutex")
      defer { workload.kill() }
      workload.go()
      func firstRow(_ options: [String]) throws -> Row {
        let run = try plan.run(
          ["-p", "\(workload.pid)", "-c", "pipe_ioctl", "-i", "0.1"] + options)
        try waitFor("a row") { try !run.rowsSoFar().isEmpty }
        return try #require(try run.stop().rows().first)
      }
      let lock: String = try #require(try firstRow([])["max_lock"])
      #expect(try firstRow(["-L", lock])["max_lock"] == lock)
    }

    @Test("-L counts a variable by its name", arguments: plans)
    func variable(_ plan: Plan) throws {
      let symbols = try String(contentsOfFile: "/proc/kallsyms", encoding: .utf8)
      let line = symbols.split(separator: "\n").first { $0.hasSuffix(" cgroup_mutex") }
      let name = line == nil ? "nosuchlock" : "cgroup_mutex"
      let process = try TracedRun.startOrEnd(
        "klockstat", ["-d", "0.1", "-L", name], plan: plan.hooks)
      #expect(try process.wait() == .exited(line == nil ? 64 : 0))
      if line == nil { #expect(process.errors.text.contains("names no variable 'nosuchlock'")) }
    }

    @Test("summaries are of all so far, and with -R of what is new", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let options = ["-p", "@", "-c", "pipe_ioctl", "-i", "0.1"]
      let all = select(try trace(plan, options, number: 101).rows, "wait", "")
      let counts: [Int] = all.map { $0["count"] ?? 0 }
      #expect(counts.count > 1 && counts == counts.sorted() && counts.last == 101)
      let new = select(try trace(plan, options + ["-R"], number: 101).rows, "wait", "")
      #expect(new.count > 1 && count(new) == 101)
    }

    @Test("-n leaves rows out of each table, and the account says so", arguments: plans)
    func most(_ plan: Plan) throws {
      let rows = try trace(plan, ["-p", "@", "-n", "1", "-S", "acq_count,hld_count"]).rows
      #expect(select(rows, "wait", "").count == 1)
      #expect(select(rows, "hold", "").count == (seesFunctions(plan) ? 1 : 0))
    }

    @Test("-S sorts each table", arguments: plans, ["max", "total", "count"])
    func sorts(_ plan: Plan, _ field: String) throws {
      let rows = try trace(plan, ["-p", "@", "-S", "acq_\(field),hld_\(field)"]).rows
      let key = field == "count" ? field : "\(field)_ns"
      for side in ["wait", "hold"] {
        let values: [Int] = select(rows, side, "").map { $0[key] ?? 0 }
        #expect(values == values.sorted(by: >))
      }
    }

    @Test("-s shows frames, -P threads", arguments: plans)
    func frames(_ plan: Plan) throws {
      let row = try #require(
        select(try trace(plan, ["-p", "@", "-s", "6"]).rows, "wait", "pipe_ioctl+").first)
      let frames = row.texts("kernel")
      #expect(frames.count > 1 && frames.count <= 6 && frames.first == "pipe_ioctl")
      #expect(frames.contains { $0.contains("sys_ioctl") }, "\(frames)")
      let (rows, _, waiter, _) = try trace(plan, ["-p", "@", "-P"])
      let waits = rows.filter { $0["side"] == "wait" && $0["tid"] == waiter }
      #expect(count(waits.filter { $0["kind"] == "mutex" }) >= Self.number)
      #expect(waits.allSatisfy { $0["comm"] == "waiter" && $0.values["caller"] == nil })
    }

    @Test("the tables have the headings and columns of libbpf-tools", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("locks", "\(Self.number)", "mutex")
      let run = try TracedRun(
        "klockstat", ["-p", "\(workload.pid)", "-c", "pipe_ioctl", "-s", "3"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      let heading = "Caller  Avg Wait    Count   Max Wait   Total Wait"
      #expect(lines.first == heading.leftPadded(to: 80)[...])
      #expect(lines[1].contains("pipe_ioctl+0x") && lines[1].contains(" ms "))
      let longest = try #require(lines.first { $0.contains("Max PID") })
      #expect(longest.contains("Max PID \(workload.pid), COMM waiter, Lock "))
      #expect(lines.contains { $0.contains("Avg Hold") } == seesFunctions(plan))
      #expect(lines.allSatisfy { $0.utf8.count <= 80 || $0.contains("Max PID") })
    }

    @Test("spinlocks are shown on request only", arguments: contentions)
    func spinlocks(_ plan: Plan) throws {
      for options in [[], ["--spinlocks"]] {
        let rows = try trace(plan, ["-p", "@"] + options).rows
        let spins = rows.contains { row in
          let kind: String = row["kind"] ?? ""
          return kind == "spinlock" || kind.hasPrefix("rwlock")
        }
        #expect(!spins || !options.isEmpty)
        #expect(count(select(rows, "wait", "pipe_ioctl+")) == Self.number)
      }
    }
  }
}

extension String {
  fileprivate func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - utf8.count)) + self
  }
}
