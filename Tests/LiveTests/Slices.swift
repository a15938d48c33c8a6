import Foundation
import Testing

extension Live {
  /// cpudist counts each turn of a task on a CPU, or each time between two.
  @Suite struct Slices {
    private static let number = 101

    static let plans = Plan.offered("cpudist") + Plan.offered("cpudist", "-O")

    /// - Returns: the rows, and how often the workload was switched away from its CPU.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-p", "@"]
    ) throws -> (rows: [Row], pid: Int, switches: Int) {
      let workload = try Workload("slices", "\(Self.number)")
      let run = try plan.run(
        options.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") })
      let said = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (try result.rows(), workload.pid, try #require(said.first?.first))
    }

    private func count(_ rows: [Row], from low: Int = 0) -> Int {
      rows.reduce(0) { $0 + $1.count(from: low) }
    }

    @Test("as many times are counted as the kernel counts switches", arguments: plans)
    func exact(_ plan: Plan) throws {
      let (rows, _, switches) = try rows(plan)
      #expect(switches >= Self.number)
      // The last turn ends with the process, which may be switched before it looks at its
      // own count and after.
      let isOff = plan.options == ["-O"]
      let expected = isOff ? switches : switches + 1
      #expect(
        (expected...expected + Self.number / 10).contains(count(rows)),
        "\(count(rows)) of \(expected)")
      // Each sleep of a millisecond is away from the CPU.
      if isOff { #expect(count(rows, from: 512) >= Self.number) }
    }

    @Test("-P and -L give them to the process or thread, -m has milliseconds", arguments: plans)
    func keys(_ plan: Plan) throws {
      for (option, key) in [("-P", "pid"), ("-L", "tid")] {
        let (rows, pid, switches) = try rows(plan, [option])
        let own = rows.filter { $0[key] == pid }
        #expect(own.count == 1 && own.first?["comm"] == "workload")
        #expect(count(own) >= switches)
      }
      #expect(try rows(plan, ["-m", "-p", "@"]).rows.allSatisfy { $0["unit"] == "msecs" })
    }

    @Test("filters keep others out, and no interval loses a time", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Bool)] = [
        (["-p", "@", "--tid", "@"], true), (["-p", "@", "--comm", "workload"], true),
        (["-p", "@", "0.1"], true), (["-p", "1"], false), (["-p", "@", "--uid", "65533"], false),
      ]
      for (options, isCounted) in cases {
        let number = count(try rows(plan, options).rows)
        #expect(isCounted ? number >= Self.number : number < 5, "\(options): \(number)")
      }
    }

    /// Alone, or no CPU may be idle.
    @Test("-I counts idle CPUs, which are left out otherwise", .alone)
    func idle() throws {
      let plan = try #require(Plan.offered("cpudist").first)
      for (options, isCounted) in [(["-P"], false), (["-P", "-I"], true)] {
        let idle = try rows(plan, options).rows.filter { $0["pid"] == 0 }
        #expect(idle.isEmpty != isCounted, "\(options)")
      }
    }
  }
}
