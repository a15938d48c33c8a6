import Foundation
import Testing

extension Live {
  /// hardirqs counts what the kernel itself counts.
  @Suite struct HardInterrupts {
    static let plans = Plan.offered("hardirqs")

    private func kernelCounts() throws -> [String: Int] {
      try InterruptTable("/proc/interrupts").counts()
    }

    private func count(_ rows: [Row], irq: Int? = nil) -> Int {
      rows.filter { irq == nil || $0["irq"] == irq }.reduce(0) { $0 + ($1["count"] ?? 0) }
    }

    @Test("the interrupts of a disk are those that the kernel counts", .alone, arguments: plans)
    func account(_ plan: Plan) throws {
      let disks = try InterruptTable("/proc/interrupts").numbers(of: "-req")
      try #require(!disks.isEmpty, "there is no virtio disk")
      let before = try kernelCounts()
      let run = try plan.run()
      let began = try kernelCounts()
      try Workload("interrupts", "40").run()
      let ended = try kernelCounts()
      let result = try run.stop()
      let after = try kernelCounts()
      #expect(result.end == .exited(0), "\(result.errors)")
      let rows = try result.rows()
      var all = 0
      for disk in disks {
        let least = ended["\(disk)", default: 0] - began["\(disk)", default: 0]
        let most = after["\(disk)", default: 0] - before["\(disk)", default: 0]
        #expect((least...most).contains(count(rows, irq: disk)), "\(disk): \(rows.map(\.values))")
        all += least
      }
      #expect(all >= 40)
      #expect(rows.contains { $0["hardirq"]?.hasPrefix("virtio") == true })
    }

    @Test("--vectors counts the local timer and calls as the kernel does", .alone, arguments: plans)
    func vectors(_ plan: Plan) throws {
      let before = try kernelCounts()
      let run = try plan.run(["--vectors"])
      let began = try kernelCounts()
      try Workload("burns", "300").run()
      let ended = try kernelCounts()
      let rows = try run.stop().rows()
      let after = try kernelCounts()
      for (line, names) in [
        ("LOC", ["local_timer"]), ("RES", ["reschedule"]), ("IWI", ["irq_work"]),
        ("CAL", ["call_function", "call_function_single"]),
      ] {
        let counted = count(rows.filter { names.contains($0["hardirq"] ?? "") })
        let least = ended[line, default: 0] - began[line, default: 0]
        let most = after[line, default: 0] - before[line, default: 0]
        // The kernel skips a program where the same one is active on the CPU.
        #expect((least - 2 - least / 50...most).contains(counted), "\(line): \(counted)")
      }
      #expect(rows.contains { $0["hardirq"] == "local_timer" })
      let plain = try plan.trace(Workload("burns", "100"), [], naming: [:]).rows()
      #expect(!plain.contains { $0["hardirq"] == "local_timer" })
    }

    @Test("a filter counts what interrupts the task", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (option, isCounted) in [
        (["-p", "@pid"], true), (["--comm", "workload"], true), (["-p", "1"], false),
      ] {
        let workload = try Workload("interrupts", "40")
        let rows = try plan.trace(workload, option, naming: ["@pid": "\(workload.pid)"]).rows()
        #expect(isCounted ? count(rows) >= 23 : count(rows) < 23, "\(option): \(count(rows))")
      }
    }

    @Test("-c counts those that interrupt a group", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("interrupted"), other = try ControlGroup("others")
      for home in [group, other] {
        let workload = try Workload("interrupts", "40", environment: ["--cgroup", home.path])
        let rows = try plan.trace(workload, ["-c", group.path], naming: [:]).rows()
        #expect(home === group ? count(rows) >= 23 : count(rows) == 0)
      }
    }

    @Test("times are less than the run, and the greatest is no more than the sum", arguments: plans)
    func times(_ plan: Plan) throws {
      let start = Date()
      let result = try plan.trace(Workload("interrupts", "40"), [], naming: [:])
      let elapsed = Int(Date().timeIntervalSince(start) * 1e9)
      let rows = try result.rows()
      #expect(!rows.isEmpty)
      for row in rows {
        let (total, most) = (row["total_ns"] ?? 0, row["max_ns"] ?? 0)
        #expect(most > 0 && total >= most && total < elapsed * 2, "\(row.values)")
      }
    }

    @Test("-C tells CPUs apart, and -s counts one only", arguments: plans)
    func perCPU(_ plan: Plan) throws {
      let rows = try plan.trace(Workload("interrupts", "40"), ["-C"], naming: [:]).rows()
      let cpus = Set(rows.map { $0["cpu"] ?? -1 })
      #expect(!cpus.isEmpty && !cpus.contains(-1))
      let one = try plan.trace(Workload("interrupts", "40"), ["-C", "-s", "0"], naming: [:]).rows()
      #expect(one.allSatisfy { $0["cpu"] == 0 })
      let histograms = try plan.trace(Workload("interrupts", "40"), ["-dC"], naming: [:]).rows()
      #expect(histograms.allSatisfy { $0["cpu"] ?? -1 >= 0 && $0["unit"] == "usecs" })
      #expect(count(histograms) >= 40)
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      let plain = "HARDIRQ                           TOTAL_count TOTAL_usecs MAX_usecs"
      for (options, header) in [
        ([], plain), (["-C"], plain + " CPU"), (["-N"], plain.replacing("usecs", with: "nsecs")),
      ] {
        let run = try TracedRun("hardirqs", options)
        try Workload("interrupts", "40").run()
        let lines = try run.stop().lines
        #expect(lines.contains { $0 == header }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("virtio") && $0.utf8.count <= 80 })
      }
    }
  }
}
