import Foundation
import Testing

extension Live {
  /// tcptracer shows when sessions are connected, accepted and closed, each once.
  @Suite struct SessionEvents {
    static let plans = Plan.offered("tcptracer")

    private struct Scene {
      let rows: [Row]
      let client: Int
      let server: Int
      let port: Int
      let clientPorts: [Int]

      func events(_ kind: String, of pid: Int) -> [Row] {
        rows.filter { $0["event"] == kind && $0["pid"] == pid }
      }
    }

    private func trace(
      _ plan: Plan, _ workload: [String] = [], _ family: String = "4",
      options: [String] = []
    ) throws -> Scene {
      let sessions = try SessionWorkload(workload + ["23", family, "11", "7"])
      let (rows, clientPorts) = try sessions.trace(plan, ["--netns", "@netns"] + options)
      return Scene(
        rows: rows, client: sessions.client, server: sessions.server, port: sessions.port,
        clientPorts: clientPorts)
    }

    @Test(
      "23 sessions are 23 connects, 23 accepts and 46 closes, whoever closes and however",
      arguments: plans, [[], ["--server-closes"], ["--reset"]])
    func each(_ plan: Plan, _ way: [String]) throws {
      for (family, version, address) in [
        ("4", 4, "127.0.0.1"), ("6", 6, "::1"), ("mapped", 4, "127.0.0.1"),
      ] {
        let scene = try trace(plan, way, family)
        #expect(scene.rows.count == 92, "\(family)")
        for (kind, pid) in [
          ("connect", scene.client), ("accept", scene.server), ("close", scene.client),
          ("close", scene.server),
        ] {
          let isServer = pid == scene.server
          let rows = scene.events(kind, of: pid)
          #expect(
            rows.map { $0[isServer ? "dport" : "sport"] } == scene.clientPorts, "\(kind) \(family)")
          for row in rows {
            #expect(row[isServer ? "sport" : "dport"] == scene.port)
            #expect(row["saddr"] == address && row["daddr"] == address && row["ip"] == version)
            #expect(row["comm"] == "workload" && row["uid"] == 0)
          }
        }
      }
    }

    /// The events of a workload that is both ends of its connections.
    private func count(
      _ plan: Plan, _ workload: [String]
    ) throws -> [String: Int] {
      let workload = try Workload(workload)
      let result = try plan.trace(workload, ["-p", "@"], naming: ["@": "\(workload.pid)"])
      return Dictionary(try result.rows().map { ($0["event"] ?? "", 1) }, uniquingKeysWith: +)
    }

    @Test("a failed connect is no session", arguments: plans)
    func failed(_ plan: Plan) throws {
      #expect(try count(plan, ["connects", "--refused", "23", "4"]) == [:])
      #expect(try count(plan, ["connects", "--netns", "23", "4"]) == [:])
    }

    @Test(
      "a session that the other end resets before it is accepted has no close", arguments: plans)
    func unaccepted(_ plan: Plan) throws {
      let scene = try trace(plan, ["--unaccepted"])
      #expect(scene.events("connect", of: scene.client).count == 23)
      #expect(scene.events("close", of: scene.client).count == 23)
      #expect(scene.events("accept", of: scene.server).count == 23)
      #expect(scene.rows.count == 69)
    }

    @Test("a session from before the start is accepted and closed", arguments: plans)
    func early(_ plan: Plan) throws {
      #expect(
        try count(plan, ["accepts", "--early", "23", "4"]) == ["accept": 23, "close": 46])
    }

    @Test("a socket that connects to itself is one session", arguments: plans)
    func simultaneous(_ plan: Plan) throws {
      #expect(
        try count(plan, ["connects", "--self", "23", "4"]) == ["connect": 23, "close": 23])
    }

    @Test(
      "what io_uring accepts is shown",
      .enabled(if: Accepts.namesRequests, "the kernel does not name completed requests"),
      arguments: plans, ["--request", "--multishot"])
    func requests(_ plan: Plan, _ way: String) throws {
      #expect(
        try count(plan, ["accepts", way, "23", "4"])
          == ["connect": 23, "accept": 23, "close": 46])
    }

    @Test("each filter lets its sessions pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Int)] = [
        (["-p", "@client"], "4", 46), (["-p", "@server"], "4", 46), (["-p", "1"], "4", 0),
        (["-u", "0"], "4", 92), (["-u", "65534"], "4", 0),
        (["-4"], "4", 92), (["-4"], "6", 0), (["-6"], "6", 92), (["-6"], "4", 0),
        (["-N", "7"], "4", 0), (["--comm", "workload"], "4", 92), (["--comm", "work"], "4", 0),
      ]
      for (options, family, expected) in cases {
        let scene = try trace(plan, [], family, options: options)
        #expect(scene.rows.count == expected, "\(options) \(family)")
      }
    }

    @Test("the table has the columns of libbpf-tools, and -t and -U theirs", arguments: plans)
    func table(_ plan: Plan) throws {
      let columns = ["T", "PID", "COMM", "IP", "SADDR", "DADDR", "SPORT", "DPORT"]
      for (options, first) in [([], []), (["-t"], ["TIME(s)"]), (["-U"], ["UID"])] {
        let workload = try Workload("accepts", "23", "4")
        let run = try TracedRun(
          "tcptracer", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == first + columns)
        for (sign, number) in [("C", 23), ("A", 23), ("X", 46)] {
          #expect(lines.dropFirst().count { $0[first.count] == sign } == number)
        }
      }
    }
  }
}
