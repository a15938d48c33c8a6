import Foundation
import Testing

extension Live {
  /// tcppktlat shows how long the segments that a process reads had waited.
  @Suite struct ReadDelays {
    static let plans = Plan.offered("tcppktlat")

    /// In an option `@from`, `@to` and `@pid` stand for the ports of both ends and the process.
    private func trace(
      _ plan: Plan, _ workload: [String], _ family: String = "4",
      options: [String] = ["-p", "@pid"]
    ) throws -> (rows: [Row], workload: Workload, ports: [Int]) {
      let workload = try Workload(["streams"] + workload + ["23", family, "7"])
      let ports = workload.announcement.split(separator: " ").compactMap { Int($0) }
      try #require(ports.count == 2)
      let result = try plan.trace(
        workload, options,
        naming: ["@from": "\(ports[0])", "@to": "\(ports[1])", "@pid": "\(workload.pid)"])
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload, ports)
    }

    @Test("23 messages that wait 20 ms are 23 reads after that time or more", arguments: plans)
    func plain(_ plan: Plan) throws {
      for (family, address) in [("4", "127.0.0.1"), ("6", "::1"), ("mapped", "127.0.0.1")] {
        let (rows, workload, ports) = try trace(plan, ["--hold", "20"], family)
        #expect(rows.count == 23, "\(family)")
        for row in rows {
          #expect(row["pid"] == workload.pid && row["tid"] == workload.pid)
          #expect(row["comm"] == "workload" && row["laddr"] == address && row["raddr"] == address)
          #expect(row["lport"] == ports[1] && row["rport"] == ports[0])
          #expect(row.number("latency_ms") >= 20 && row["segments"] == 1, "\(row)")
          #expect(row.number("longest_ms") == row.number("latency_ms"))
        }
      }
    }

    @Test(
      "of several segments the last one counts, and the first for the longest", arguments: plans)
    func several(_ plan: Plan) throws {
      let rows = try trace(plan, ["--hold", "20", "--halves"]).rows
      #expect(rows.count == 23)
      for row in rows {
        #expect(row["segments"] == 2, "\(row)")
        #expect(row.number("longest_ms") - row.number("latency_ms") >= 20)
      }
    }

    @Test("each filter lets its reads pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Int)] = [
        (["-l", "@to"], "4", 23), (["-l", "@from"], "4", 0), (["-l", "9,@to"], "6", 23),
        (["-r", "@from"], "4", 23), (["-r", "@to"], "4", 0), (["-r", "9"], "4", 0),
        (["-p", "1"], "4", 0), (["-t", "@pid"], "4", 23), (["-t", "1"], "4", 0),
        (["-4", "-l", "@to"], "6", 0), (["-6", "-l", "@to"], "6", 23),
        (["-N", "7", "-l", "@to"], "4", 0), (["--comm", "workload", "-l", "@to"], "4", 23),
      ]
      for (options, family, expected) in cases {
        let rows = try trace(plan, [], family, options: options).rows
        #expect(rows.count == expected, "\(options) \(family)")
      }
    }

    @Test("the table has the columns of libbpf-tools, and -T and -w theirs", arguments: plans)
    func table(_ plan: Plan) throws {
      let columns = ["PID", "TID", "COMM", "LADDR", "LPORT", "RADDR", "RPORT", "MS"]
      for (options, first, width) in [([], [], 15), (["-T"], ["TIME"], 15), (["-w"], [], 26)] {
        let workload = try Workload("streams", "23", "4", "7")
        let run = try TracedRun(
          "tcppktlat", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        let text = try run.stop().lines
        let lines = text.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == first + columns && lines.count == 24)
        let address = "LADDR".padding(toLength: width, withPad: " ", startingAt: 0)
        #expect(text.first?.contains(address + " LPORT") == true)
      }
    }
  }
}
