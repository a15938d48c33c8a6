import Foundation
import Testing

extension Live {
  /// softirqs counts what the kernel itself counts.
  @Suite struct SoftInterrupts {
    static let plans = Plan.offered("softirqs")

    /// How often each vector ran on all CPUs, or on one, by the kernel's own account.
    private func kernelCounts(cpu: Int? = nil) throws -> [String: Int] {
      try InterruptTable("/proc/softirqs").counts(cpu: cpu).reduce(into: [:]) {
        $0[$1.key.lowercased()] = $1.value
      }
    }

    private func counts(_ rows: [Row]) -> [String: Int] {
      rows.reduce(into: [:]) { $0[$1["softirq"] ?? "", default: 0] += $1["count"] ?? 0 }
    }

    /// Runs the tool over a workload, between two looks at the kernel's account on either side.
    private func expectAccount(_ run: () throws -> TracedRun, cpu: Int? = nil) throws {
      let before = try kernelCounts(cpu: cpu)
      let traced = try run()
      let began = try kernelCounts(cpu: cpu)
      try Workload("datagrams", "1009").run()
      let ended = try kernelCounts(cpu: cpu)
      let result = try traced.stop()
      let after = try kernelCounts(cpu: cpu)
      #expect(result.end == .exited(0), "\(result.errors)")
      let counted = try counts(result.rows())
      for vector in ["net_rx", "timer", "sched", "rcu", "net_tx"] {
        let least = ended[vector, default: 0] - began[vector, default: 0]
        let most = after[vector, default: 0] - before[vector, default: 0]
        // The kernel skips a program where the same one is active on the CPU.
        let count = counted[vector, default: 0]
        #expect((least - 1 - least / 200...most).contains(count), "\(vector): \(counted)")
      }
    }

    @Test("each vector has run as often as the kernel says", .alone, arguments: plans)
    func account(_ plan: Plan) throws {
      try expectAccount { try plan.run() }
    }

    @Test("-c counts one CPU only", .alone, arguments: plans)
    func oneCPU(_ plan: Plan) throws {
      try expectAccount({ try plan.run(["-c", "0"]) }, cpu: 0)
    }

    @Test("a filter counts what interrupts the task", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (option, isCounted) in [
        (["-p", "@pid"], true), (["--comm", "workload"], true), (["-p", "1"], false),
        (["--comm", "loadwork"], false),
      ] {
        // Some may be left to ksoftirqd.
        let workload = try Workload("datagrams", "40")
        let rows = try plan.trace(workload, option, naming: ["@pid": "\(workload.pid)"]).rows()
        let count = counts(rows)["net_rx", default: 0]
        #expect(isCounted ? (23..<200).contains(count) : count < 23, "\(option): \(count)")
      }
    }

    @Test("a slow one has its time, and no span begins before the tool", arguments: plans)
    func times(_ plan: Plan) throws {
      let workload = try Workload("datagrams", "40", "5000")
      let start = Date()
      let rows = try plan.trace(workload, ["-p", "@pid"], naming: ["@pid": "\(workload.pid)"])
        .rows()
      let elapsed = Int(Date().timeIntervalSince(start) * 1e9)
      let receive = try #require(rows.first { $0["softirq"] == "net_rx" })
      let (total, most) = (receive["total_ns"] ?? 0, receive["max_ns"] ?? 0)
      #expect(total >= 23 * 5_000_000 && most >= 5_000_000 && total >= most)
      for row in rows { #expect(row["total_ns"] ?? 0 < elapsed * 2, "\(row.values)") }
    }

    @Test("-d prints a histogram for each vector, in microseconds or with -N nanoseconds")
    func histograms() throws {
      for plan in Self.plans {
        for (option, unit, least) in [([], "usecs", 4096), (["-N"], "nsecs", 4_194_304)] {
          let workload = try Workload("datagrams", "40", "5000")
          let rows = try plan.trace(
            workload, ["-d", "-p", "@pid"] + option, naming: ["@pid": "\(workload.pid)"]
          ).rows()
          let receive = try #require(rows.first { $0["softirq"] == "net_rx" })
          #expect(receive["unit"] == unit && receive.count(from: least) >= 23)
        }
      }
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      for (options, header) in [
        ([], "SOFTIRQ          TOTAL_usecs"), (["-N"], "SOFTIRQ          TOTAL_nsecs"),
        (["-C"], "SOFTIRQ          TOTAL_usecs  TOTAL_count"),
      ] {
        let run = try TracedRun("softirqs", options)
        try Workload("datagrams", "23").run()
        let lines = try run.stop().lines
        #expect(lines.contains { $0 == header }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("net_rx ") })
      }
    }
  }
}

/// /proc/interrupts or /proc/softirqs: a line for each kind, a column for each CPU.
struct InterruptTable {
  private var lines: [(name: String, counts: [Int], what: String)] = []

  init(_ path: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    let cpus = text[0].split(separator: " ").count
    lines = text.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      let words = parts.last?.split(separator: " ") ?? []
      let counts = words.prefix(cpus).compactMap { Int($0) }
      return (
        parts[0].trimmingCharacters(in: .whitespaces), counts,
        words.dropFirst(counts.count).joined(separator: " ")
      )
    }
  }

  /// The sums over all CPUs, or the counts of one.
  func counts(cpu: Int? = nil) -> [String: Int] {
    lines.reduce(into: [:]) { sums, line in
      sums[line.name] = cpu.map { line.counts[$0] } ?? line.counts.reduce(0, +)
    }
  }

  /// The numbers of the interrupts that one handler alone has.
  func numbers(of handler: String) -> [Int] {
    lines.filter { $0.what.contains(handler) && !$0.what.contains(",") }.compactMap {
      Int($0.name)
    }
  }
}
