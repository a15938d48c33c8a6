import Foundation
import Testing

extension Live {
  /// tcpconnlat shows how long the connections of a process took to be established.
  @Suite struct Handshakes {
    static let plans = Plan.offered("tcpconnlat")

    private func trace(
      _ plan: Plan, _ workload: [String], options: [String] = [], environment: [String] = []
    ) throws -> (rows: [Row], outcomes: [[Int]], workload: Workload) {
      let workload = try Workload(workload, environment: environment)
      let run = try plan.run(["-p", "\(workload.pid)"] + options)
      let outcomes = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), outcomes, workload)
    }

    static let families = [
      ("4", 4, "127.0.0.1"), ("6", 6, "::1"), ("mapped", 4, "127.0.0.1"),
    ]

    @Test("23 connections are shown, those that do not wait too", arguments: plans, families)
    func plain(_ plan: Plan, _ family: (String, Int, String)) throws {
      for way in [[], ["--nonblocking"]] {
        let (rows, outcomes, workload) = try trace(plan, ["connects"] + way + ["23", family.0])
        #expect(rows.map { $0["lport"] } == outcomes.map { $0[0] })
        #expect(rows.count == 23)
        for row in rows {
          #expect(row["pid"] == workload.pid && row["comm"] == "workload" && row["uid"] == 0)
          #expect(row["ip"] == family.1 && row["saddr"] == family.2 && row["daddr"] == family.2)
          #expect("\(row["dport"] ?? 0)" == workload.announcement)
          #expect(row.number("latency_ms") > 0)
        }
      }
    }

    @Test("a refused connect is no handshake", arguments: plans, ["4", "6"])
    func refused(_ plan: Plan, _ family: String) throws {
      #expect(try trace(plan, ["connects", "--refused", "23", family]).rows.isEmpty)
    }

    @Test("nor is one that the process gives up", arguments: plans)
    func unreachable(_ plan: Plan) throws {
      #expect(try trace(plan, ["connects", "--netns", "23", "4"]).rows.isEmpty)
    }

    @Test("where both ends connect at once, the handshake is one too", arguments: plans)
    func simultaneous(_ plan: Plan) throws {
      let (rows, outcomes, _) = try trace(plan, ["connects", "--self", "23", "4"])
      #expect(rows.map { $0["lport"] } == outcomes.map { $0[0] })
      #expect(rows.allSatisfy { $0["lport"] == $0["dport"] as Int? })
    }

    /// A SYN is sent again after a second at the earliest (TCP_TIMEOUT_INIT).
    @Test("a handshake whose first packets are lost takes a second or more", arguments: plans)
    func lost(_ plan: Plan) throws {
      let (rows, outcomes, _) = try trace(
        plan, ["sessions", "--deaf", "23", "4", "0", "0"], options: ["900"])
      #expect(rows.count == 23)
      #expect(
        Set(rows.map { $0["lport"] ?? 0 }) == Set(outcomes.dropLast().map { $0[0] }))
      #expect(rows.allSatisfy { $0.number("latency_ms") >= 900 }, "\(rows)")
    }

    @Test("the minimum is in milliseconds, and may have a fraction", arguments: plans)
    func minimum(_ plan: Plan) throws {
      #expect(try trace(plan, ["connects", "23", "4"], options: ["0.0001"]).rows.count == 23)
      #expect(try trace(plan, ["connects", "23", "4"], options: ["100000.5"]).rows.isEmpty)
    }

    @Test("each filter lets its connections pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Int)] = [
        (["-4"], "4", 23), (["-4"], "6", 0), (["-6"], "6", 23), (["-6"], "4", 0),
        (["-N", "/proc/self/ns/net"], "4", 23), (["--netns", "7"], "4", 0),
        (["--comm", "workload"], "4", 23), (["--comm", "work"], "4", 0), (["--tid", "1"], "4", 0),
      ]
      for (options, family, expected) in cases {
        let rows = try trace(plan, ["connects", "23", family], options: options).rows
        #expect(rows.count == expected, "\(options) \(family)")
      }
      let group = try ControlGroup("handshakes"), other = try ControlGroup("others")
      for (home, expected) in [(group, 23), (other, 0)] {
        let rows = try trace(
          plan, ["connects", "23", "4"], options: ["--cgroup", group.path],
          environment: ["--cgroup", home.path]
        ).rows
        #expect(rows.count == expected)
      }
    }

    @Test("the table has the columns of libbpf-tools, and -t and -L theirs", arguments: plans)
    func table(_ plan: Plan) throws {
      for (options, first, port) in [
        ([], [], []), (["-t"], ["TIME(s)"], []), (["-L"], [], ["LPORT"]),
      ] as [([String], [String], [String])] {
        let workload = try Workload("connects", "23", "4")
        let run = try TracedRun(
          "tcpconnlat", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        let columns =
          first + ["PID", "COMM", "IP", "SADDR"] + port + ["DADDR", "DPORT", "LAT(ms)"]
        #expect(lines.first == columns && lines.count == 24)
        #expect(lines.dropFirst().allSatisfy { $0.count == columns.count })
      }
    }
  }
}
