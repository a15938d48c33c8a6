import Foundation
import Testing

extension Live {
  /// tcplife shows each session of both ends, with the process, bytes and duration.
  @Suite struct Sessions {
    static let plans = Plan.offered("tcplife")
    static let (sent, received) = (100_003, 70_001)

    /// What a run of 23 sessions was: the workload is the client, and has a server.
    struct Scene {
      let port: Int
      let client: Int
      let server: Int
      let netns: Int
      let clientPorts: [Int]
      let rows: [Row]

      var outgoing: [Row] { rows.filter { $0["direction"] == "out" } }
      var incoming: [Row] { rows.filter { $0["direction"] == "in" } }
    }

    /// Runs 23 sessions under tcplife. In an option `@port`, `@client`, `@server` and
    /// `@netns` stand for those of the run; without options, all of its namespace are
    /// traced.
    static func scene(
      _ plan: Plan, _ workload: [String] = [], _ family: String = "4",
      options: [String] = ["--netns", "@netns"], environment: [String] = [], sent: Int = sent
    ) throws -> Scene {
      let sessions = try SessionWorkload(
        workload + ["23", family, "\(sent)", "\(received)"], environment: environment)
      let (rows, clientPorts) = try sessions.trace(plan, options)
      return Scene(
        port: sessions.port, client: sessions.client, server: sessions.server,
        netns: sessions.netns, clientPorts: clientPorts, rows: rows)
    }

    static let families = [
      ("4", 4, "127.0.0.1"), ("6", 6, "::1"), ("mapped", 4, "127.0.0.1"),
    ]

    @Test(
      "23 sessions are shown from both ends, whoever closes and however",
      arguments: plans, [[], ["--server-closes"], ["--reset"]])
    func bothEnds(_ plan: Plan, _ way: [String]) throws {
      for (family, version, address) in Self.families {
        let scene = try Self.scene(plan, way, family)
        #expect(scene.clientPorts.count == 23)
        #expect(scene.rows.count == 46, "\(family)")
        #expect(scene.outgoing.map { $0["lport"] } == scene.clientPorts, "\(family)")
        #expect(scene.incoming.map { $0["rport"] } == scene.clientPorts, "\(family)")
        for row in scene.rows {
          let isOutgoing = row["direction"] == "out"
          #expect(row["pid"] == (isOutgoing ? scene.client : scene.server))
          #expect(row["comm"] == "workload" && row["uid"] == 0 && row["ip"] == version)
          #expect(row["laddr"] == address && row["raddr"] == address)
          #expect(row[isOutgoing ? "rport" : "lport"] == scene.port)
          #expect(row["tx_bytes"] == (isOutgoing ? Self.sent : Self.received), "\(row)")
          #expect(row["rx_bytes"] == (isOutgoing ? Self.received : Self.sent), "\(row)")
          #expect(row["netns"] == scene.netns)
        }
      }
    }

    @Test("a session without a byte is shown with none", arguments: plans)
    func empty(_ plan: Plan) throws {
      let scene = try Self.scene(plan, sent: 0)
      #expect(scene.outgoing.count == 23 && scene.incoming.count == 23)
      #expect(scene.outgoing.allSatisfy { $0["tx_bytes"] == 0 })
      #expect(scene.incoming.allSatisfy { $0["rx_bytes"] == 0 })
    }

    @Test("a session that nobody accepted has no process", arguments: plans)
    func unaccepted(_ plan: Plan) throws {
      let scene = try Self.scene(plan, ["--unaccepted"], sent: 1009)
      #expect(scene.outgoing.count == 23)
      #expect(scene.outgoing.allSatisfy { $0["pid"] == scene.client })
      #expect(scene.incoming.count == 23)
      for row in scene.incoming {
        for key in ["pid", "comm", "uid", "tid"] { #expect(row.values[key] is NSNull, "\(key)") }
        #expect(row["rx_bytes"] == 1009 && row["lport"] == scene.port)
      }
      // Nor does it pass a filter of processes.
      let filtered = try Self.scene(
        plan, ["--unaccepted"], options: ["-p", "@client,@server"], sent: 1009)
      #expect(filtered.outgoing.count == 23 && filtered.incoming.isEmpty)
    }

    @Test("the duration is that from the handshake to the end", arguments: plans)
    func duration(_ plan: Plan) throws {
      let scene = try Self.scene(plan, ["--hold", "20"])
      #expect(scene.rows.count == 46)
      for row in scene.rows {
        let microseconds: Int = try #require(row["duration_us"])
        #expect(microseconds >= 20_000)
        let milliseconds = (row.values["duration_ms"] as? NSNumber)?.doubleValue ?? 0
        #expect(abs(milliseconds * 1000 - Double(microseconds)) <= 10, "\(row)")
      }
    }

    @Test("the bytes are those of the payload where packets are lost", arguments: plans)
    func loss(_ plan: Plan) throws {
      let scene = try Self.scene(plan, ["--loss", "1"])
      #expect(scene.outgoing.count == 23 && scene.incoming.count == 23)
      #expect(scene.outgoing.allSatisfy { $0["tx_bytes"] == Self.sent })
      #expect(scene.outgoing.allSatisfy { $0["rx_bytes"] == Self.received })
    }

    @Test("each filter lets its sessions pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Int, Int)] = [
        (["-p", "@client"], "4", 23, 0), (["-p", "@server"], "4", 0, 23),
        (["-p", "@client,@server"], "6", 23, 23), (["-p", "1"], "4", 0, 0),
        (["-L", "@port"], "4", 0, 23), (["-D", "@port"], "4", 23, 0),
        (["-L", "9,@port"], "6", 0, 23), (["-D", "@port,11"], "6", 23, 0),
        (["-L", "9"], "4", 0, 0), (["-D", "9,11"], "4", 0, 0),
        (["-L", "@port", "-D", "@port"], "4", 0, 0),
        (["-4"], "4", 23, 23), (["-4"], "6", 0, 0), (["-4"], "mapped", 23, 23),
        (["-6"], "6", 23, 23), (["-6"], "4", 0, 0), (["-6"], "mapped", 0, 0),
        (["--comm", "workload"], "4", 23, 23), (["--comm", "work"], "4", 0, 0),
        (["--name", "orkl"], "4", 23, 23), (["--name", "orkloads"], "4", 0, 0),
        (["--uid", "0"], "4", 23, 23), (["--uid", "65534"], "4", 0, 0),
        (["--tid", "@server"], "4", 0, 23),
      ]
      for (options, family, outgoing, incoming) in cases {
        let scene = try Self.scene(
          plan, [], family, options: ["--netns", "@netns"] + options)
        #expect(scene.outgoing.count == outgoing, "\(options) \(family)")
        #expect(scene.incoming.count == incoming, "\(options) \(family)")
      }
    }

    @Test("--netns takes a path and a number, and keeps other namespaces out", arguments: plans)
    func namespaces(_ plan: Plan) throws {
      for (name, expected) in [
        ("/proc/@client/ns/net", 46), ("@netns", 46), ("/proc/self/ns/net", 0), ("7", 0),
      ] {
        let scene = try Self.scene(
          plan, options: ["--netns", name, "-p", "@client,@server"])
        #expect(scene.rows.count == expected, "\(name)")
      }
    }

    @Test("--cgroup shows a group's sessions and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("sessions"), other = try ControlGroup("others")
      for (home, expected) in [(group, 46), (other, 0)] {
        let scene = try Self.scene(
          plan, options: ["--cgroup", group.path], environment: ["--cgroup", home.path])
        #expect(scene.rows.count == expected)
      }
    }

    @Test("a refused connect is a session without a byte", arguments: plans, Self.families)
    func refused(_ plan: Plan, _ family: (String, Int, String)) throws {
      let workload = try Workload("connects", "--refused", "23", family.0)
      let run = try plan.run(["-p", "\(workload.pid)"])
      let outcomes = try workload.run()
      let rows = try run.stop().rows()
      #expect(rows.map { $0["lport"] } == outcomes.map { $0[0] })
      for row in rows {
        #expect(row["direction"] == "out" && row["tx_bytes"] == 0 && row["rx_bytes"] == 0)
        #expect(row["raddr"] == family.2 && "\(row["rport"] ?? 0)" == workload.announcement)
      }
    }

    @Test("the table has the columns of libbpf-tools, and -T, -t and -w theirs", arguments: plans)
    func table(_ plan: Plan) throws {
      let columns = ["PID", "COMM", "LADDR", "LPORT", "RADDR", "RPORT", "TX_KB", "RX_KB", "MS"]
      for (options, first, width) in [
        ([], [], 15), (["-T"], ["TIME"], 15), (["-t"], ["TIME(s)"], 15), (["-w"], [], 26),
      ] {
        let workload = try Workload("sessions", "23", "4", "2048", "5120")
        let run = try TracedRun(
          "tcplife", ["--stats", "-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        let result = try run.stop()
        let text = result.lines
        let lines = text.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == first + columns)
        #expect(
          text.first?.contains(
            "LADDR".padding(toLength: width, withPad: " ", startingAt: 0)
              + " LPORT") == true)
        let missed = try MayMiss.told(by: result, of: plan.hooks)
        #expect(lines.count <= 24 && lines.count + missed >= 24, "\(result.errors)")
        for line in lines.dropFirst() where line.count == first.count + 9 {
          #expect(Array(line[(first.count + 6)...].prefix(2)) == ["2.00", "5.00"])
        }
      }
    }

    @Test("-s writes CSV", arguments: plans)
    func csv(_ plan: Plan) throws {
      let workload = try Workload("sessions", "23", "6", "2048", "5120")
      let run = try TracedRun(
        "tcplife", ["-s", "-p", "\(workload.pid)", "--columns", "comm,raddr,tx_bytes"],
        plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first == "comm,raddr,tx_bytes\r" || lines.first == "comm,raddr,tx_bytes")
      #expect(lines.dropFirst().count { $0.hasPrefix("workload,::1,2048") } == 23)
    }
  }
}
