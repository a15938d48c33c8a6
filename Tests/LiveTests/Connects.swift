import Foundation
import Testing

extension Live {
  /// tcpconnect shows the connects of a process, with their ends.
  @Suite struct Connects {
    static let plans = Plan.offered("tcpconnect")

    static func rows(_ plan: Plan, _ workload: [String]) throws -> (
      rows: [Row], outcomes: [[Int]], workload: Workload, port: Int
    ) {
      try rows(plan, [], workload)
    }

    /// Runs 23 connects under tcpconnect; `@` in an option stands for the port.
    static func rows(
      _ plan: Plan, _ options: [String] = [], environment: [String] = [], _ workload: [String]
    ) throws -> (rows: [Row], outcomes: [[Int]], workload: Workload, port: Int) {
      let workload = try Workload(
        ["connects"] + workload.dropLast() + ["23", workload.last!], environment: environment)
      let port = try #require(Int(workload.announcement))
      let named = options.map { $0.replacingOccurrences(of: "@", with: "\(port)") }
      let run = try plan.run(["-p", "\(workload.pid)"] + named)
      let outcomes = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), outcomes, workload, port)
    }

    static let families = [
      ("4", 4, "127.0.0.1"), ("6", 6, "::1"), ("mapped", 4, "127.0.0.1"),
    ]

    @Test("23 connects are shown with their addresses and port", arguments: plans, families)
    func plain(_ plan: Plan, _ family: (String, Int, String)) throws {
      let (rows, _, workload, port) = try Self.rows(plan, [family.0])
      #expect(rows.count == 23)
      for row in rows {
        #expect(row["ip"] == family.1 && row["dport"] == port)
        #expect(row["saddr"] == family.2 && row["daddr"] == family.2)
        #expect(row["pid"] == workload.pid && row["comm"] == "workload")
      }
    }

    @Test("-L shows the local port of each", arguments: plans, families)
    func localPort(_ plan: Plan, _ family: (String, Int, String)) throws {
      let (rows, outcomes, workload, _) = try Self.rows(plan, ["-L"], [family.0])
      #expect(rows.map { $0["lport"] } == outcomes.map { $0[0] })
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
    }

    @Test("connects that do not wait are shown, with -L too", arguments: plans, ["4", "6"])
    func nonBlocking(_ plan: Plan, _ family: String) throws {
      #expect(try Self.rows(plan, ["--nonblocking", family]).rows.count == 23)
      let (rows, outcomes, _, _) = try Self.rows(plan, ["-L"], ["--nonblocking", family])
      #expect(rows.map { $0["lport"] } == outcomes.map { $0[0] })
    }

    @Test("refused connects are connects too", arguments: plans, ["4", "6", "mapped"])
    func refused(_ plan: Plan, _ family: String) throws {
      let (rows, _, _, port) = try Self.rows(plan, ["--refused", family])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["dport"] == port })
    }

    @Test("a connect of a UDP socket is not shown", arguments: plans, ["4", "6"])
    func datagrams(_ plan: Plan, _ family: String) throws {
      #expect(try Self.rows(plan, ["--udp", family]).rows.isEmpty)
    }

    @Test("each filter lets its connects pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Int)] = [
        (["-4"], "4", 23), (["-4"], "6", 0), (["-4"], "mapped", 23),
        (["-6"], "6", 23), (["-6"], "4", 0), (["-6"], "mapped", 0),
        (["-P", "@"], "4", 23), (["-P", "9,@,11"], "6", 23), (["-P", "9,11"], "4", 0),
        (["-u", "0"], "4", 23), (["-u", "65534"], "4", 0),
        (["--comm", "workload"], "4", 23), (["--comm", "work"], "4", 0),
        (["--name", "orkl"], "4", 23), (["--name", "orkloads"], "4", 0),
        (["--tid", "1"], "4", 0),
      ]
      for (options, family, expected) in cases {
        let (rows, _, _, _) = try Self.rows(plan, options, [family])
        #expect(rows.count == expected, "\(options) \(family)")
      }
    }

    @Test("-p keeps another process's connects out", arguments: plans)
    func otherProcess(_ plan: Plan) throws {
      let workload = try Workload("connects", "23", "4")
      let run = try plan.run(["-p", "\(getpid())"])
      try workload.run()
      #expect(try run.stop().rows().isEmpty)
    }

    @Test("--cgroup shows a group's connects and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("connects"), other = try ControlGroup("others")
      for (home, expected) in [(group, 23), (other, 0)] {
        let (rows, _, _, _) = try Self.rows(
          plan, ["--cgroup", group.path], environment: ["--cgroup", home.path], ["4"])
        #expect(rows.count == expected)
      }
    }

    @Test("-c counts the connects to each end", arguments: plans, families)
    func counts(_ plan: Plan, _ family: (String, Int, String)) throws {
      let (rows, _, _, port) = try Self.rows(plan, ["-c"], [family.0])
      #expect(rows.count == 1)
      let row = try #require(rows.first)
      #expect(row["connects"] == 23 && row["rport"] == port && row["raddr"] == family.2)
    }

    @Test("-c -s tells their source ports apart", arguments: plans, families)
    func countsBySource(_ plan: Plan, _ family: (String, Int, String)) throws {
      let (rows, outcomes, _, _) = try Self.rows(plan, ["-c", "-s"], [family.0])
      #expect(rows.map { $0["lport"] ?? 0 }.sorted() == outcomes.map { $0[0] }.sorted())
      #expect(rows.allSatisfy { $0["connects"] == 1 })
    }

    @Test("the table has the columns of libbpf-tools", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("connects", "23", "4")
      let run = try TracedRun("tcpconnect", ["-p", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
      #expect(lines.first == ["PID", "COMM", "IP", "SADDR", "DADDR", "DPORT"])
      let row = [
        "\(workload.pid)", "workload", "4", "127.0.0.1", "127.0.0.1", workload.announcement,
      ]
      #expect(Array(lines.dropFirst()) == Array(repeating: row, count: 23))
    }
  }

  /// tcpconnect -x shows failed connects with their errno and no others.
  @Suite struct FailedConnects {
    static let plans = Plan.offered("tcpconnect", "-x")

    @Test("23 refused connects are shown with ECONNREFUSED", arguments: plans, Connects.families)
    func refused(_ plan: Plan, _ family: (String, Int, String)) throws {
      let (rows, outcomes, _, port) = try Connects.rows(plan, ["--refused", family.0])
      #expect(outcomes.allSatisfy { $0[1] == Int(ECONNREFUSED) })
      #expect(rows.count == 23)
      for row in rows {
        #expect(row["error"] == "ECONNREFUSED", "\(row)")
        #expect(row["dport"] == port && row["daddr"] == family.2 && row["ip"] == family.1)
      }
    }

    @Test("refused connects that do not wait are shown", arguments: plans, ["4", "6"])
    func refusedLater(_ plan: Plan, _ family: String) throws {
      let (rows, _, _, _) = try Connects.rows(plan, ["--refused", "--nonblocking", family])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["error"] == "ECONNREFUSED" })
    }

    @Test("23 connects without a network are shown with ENETUNREACH", arguments: plans)
    func unreachable(_ plan: Plan) throws {
      for family in ["4", "6", "mapped"] {
        let (rows, outcomes, _, port) = try Connects.rows(plan, ["--netns", family])
        let error = try #require(outcomes.first?[1])
        #expect(rows.count == 23, "\(family)")
        for row in rows {
          #expect(row["error"] == ErrorName.of(error), "\(family)")
          #expect(row["dport"] == port, "\(family)")
        }
        #expect(family == "6" || error == Int(ENETUNREACH), "\(family)")
      }
    }

    @Test("connects that succeed are not shown", arguments: plans, ["4", "6", "mapped"])
    func succeeded(_ plan: Plan, _ family: String) throws {
      #expect(try Connects.rows(plan, [family]).rows.isEmpty)
      #expect(try Connects.rows(plan, ["--nonblocking", family]).rows.isEmpty)
    }

    @Test("failed connects are filtered like others", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, expected) in [(["-P", "@"], 23), (["-P", "9"], 0), (["-6"], 0), (["-4"], 23)] {
        for way in ["--refused", "--netns"] {
          let (rows, _, _, _) = try Connects.rows(plan, options, [way, "4"])
          #expect(rows.count == expected, "\(options) \(way)")
        }
      }
    }
  }
}

/// The few errors that a connect ends with here.
enum ErrorName {
  static func of(_ number: Int) -> String? {
    let names = [
      ENETUNREACH: "ENETUNREACH", EADDRNOTAVAIL: "EADDRNOTAVAIL", ECONNREFUSED: "ECONNREFUSED",
      EHOSTUNREACH: "EHOSTUNREACH", EACCES: "EACCES",
    ]
    return names[Int32(number)]
  }
}
