import Foundation
import Testing

extension Live {
  /// softirqslower shows what a socket with a slow filter does to the soft interrupt that
  /// brings it datagrams.
  @Suite struct SlowSoftInterrupts {
    static let plans = Plan.offered("softirqslower")

    private func rows(
      _ plan: Plan, _ options: [String], number: Int = 40
    ) throws -> (rows: [Row], pid: Int) {
      let workload = try Workload("datagrams", "\(number)", "5000")
      let result = try plan.trace(workload, options, naming: ["@pid": "\(workload.pid)"])
      return (try result.rows(), workload.pid)
    }

    private func received(_ rows: [Row], _ stage: String) -> [Row] {
      rows.filter { $0["softirq"] == "net_rx" && $0["stage"] == stage }
    }

    @Test("each that ran long is there, with its time and its task", .alone, arguments: plans)
    func runs(_ plan: Plan) throws {
      let (rows, pid) = try rows(plan, ["4000"], number: 23)
      // Another may be as slow where the machine is.
      let slow = received(rows, "run")
      #expect((23...30).contains(slow.count), "\(slow.map(\.values))")
      #expect(slow.allSatisfy { $0["latency_us"] ?? 0 > 4000 && $0["cpu"] ?? -1 >= 0 })
      // Some may be left to ksoftirqd.
      let own = slow.filter { $0["pid"] == pid }
      #expect(own.count > 11 && own.allSatisfy { $0["comm"] == "workload" })
    }

    @Test("what was fast enough is not there", arguments: plans)
    func minimum(_ plan: Plan) throws {
      #expect(try rows(plan, ["-p", "@pid", "60000000"]).rows.isEmpty)
    }

    @Test("0 shows the wait and the run of each", arguments: plans)
    func all(_ plan: Plan) throws {
      let (rows, _) = try rows(plan, ["-p", "@pid", "0"])
      for stage in ["wait", "run"] { #expect(received(rows, stage).count >= 23, "\(stage)") }
      // It is raised again while it runs for the last time, and waits from then on only.
      let waits = received(rows, "wait").compactMap { $0["latency_us"] as Int? }.sorted()
      #expect(waits[waits.count / 2] < 5000, "\(waits)")
    }

    @Test("a filter keeps out what interrupts others", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (option, isShown) in [
        (["--comm", "workload"], true), (["--comm", "loadwork"], false), (["-p", "1"], false),
      ] {
        let slow = try received(rows(plan, option + ["4000"]).rows, "run")
        #expect(isShown ? slow.count >= 23 : slow.isEmpty, "\(option): \(slow.count)")
      }
    }

    @Test("-c shows one CPU only", arguments: plans)
    func oneCPU(_ plan: Plan) throws {
      let (rows, _) = try rows(plan, ["-c", "0", "0"])
      #expect(!rows.isEmpty && rows.allSatisfy { $0["cpu"] == 0 })
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      let workload = try Workload("datagrams", "40", "5000")
      let run = try TracedRun("softirqslower", ["-p", "\(workload.pid)", "4000"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.first == "TIME     STAGE                SOFTIRQ  LAT(us)        CPU    COMM")
      #expect(lines.dropFirst().allSatisfy { $0.utf8.count <= 80 })
      #expect(lines.contains { $0.contains(" softirq runtime      net_rx   ") })
    }
  }
}
