import Foundation
import Testing

extension Live {
  /// tcpstates shows each change of each socket, with the time in the old state.
  @Suite struct States {
    static let plans = Plan.offered("tcpstates")

    private struct Scene {
      let all: [Row]
      let client: Int
      let server: Int

      var rows: [Row] { sockets.flatMap { $0 } }

      /// The changes of each socket, from the first to that to CLOSE.
      var sockets: [[Row]] {
        var open: [String: [Row]] = [:], ended: [[Row]] = []
        for row in all {
          let name: String = row["socket"] ?? ""
          open[name, default: []].append(row)
          if row["new_state"] == "CLOSE" { ended.append(open.removeValue(forKey: name) ?? []) }
        }
        // Two packets can complete a handshake at once, and the kernel drops one of the sockets.
        return (ended + open.values).filter { socket in
          let states: [String] = socket.map { $0["new_state"] ?? "" }
          return states != ["SYN_RECV", "CLOSE"]
        }
      }

      func sockets(from state: String) -> [[Row]] {
        sockets.filter { $0.first?["old_state"] == state }
      }
    }

    /// Runs 23 sessions, with options of a ``SessionWorkload``.
    private func trace(
      _ plan: Plan, _ workload: [String] = [], _ family: String = "4",
      options: [String] = []
    ) throws -> Scene {
      let sessions = try SessionWorkload(workload + ["23", family, "11", "7"])
      let rows = try sessions.trace(plan, ["--netns", "@netns"] + options).rows
      return Scene(all: rows, client: sessions.client, server: sessions.server)
    }

    static let opening = ["CLOSE", "SYN_SENT", "ESTABLISHED"]
    static let incoming = ["LISTEN", "SYN_RECV", "ESTABLISHED"]
    static let active = ["FIN_WAIT1", "FIN_WAIT2", "CLOSE"]
    static let passive = ["CLOSE_WAIT", "LAST_ACK", "CLOSE"]

    static let scripts: [(option: [String], client: [String], server: [String])] = [
      ([], opening + active, incoming + passive),
      (["--server-closes"], opening + passive, incoming + active),
      (["--reset"], opening + ["CLOSE"], incoming + ["CLOSE"]),
    ]

    private func states(_ rows: [Row]) -> [String] {
      [rows.first?["old_state"] ?? ""] + rows.map { $0["new_state"] ?? "" }
    }

    @Test("23 sessions have the changes that they must have, at both ends", arguments: plans)
    func script(_ plan: Plan) throws {
      for (options, client, server) in Self.scripts {
        for family in ["4", "6", "mapped"] {
          let scene = try trace(plan, options, family)
          let outgoing = scene.sockets(from: "CLOSE")
          let incoming = scene.sockets(from: "LISTEN").filter { $0.count > 1 }
          #expect(outgoing.map(states) == Array(repeating: client, count: 23), "\(family)")
          #expect(incoming.map(states) == Array(repeating: server, count: 23), "\(family)")
          // The listener itself is closed at the end.
          #expect(scene.rows.count == 23 * (client.count + server.count - 2) + 1)
        }
      }
    }

    /// Most of the server's changes happen while the client runs.
    @Test("the process is the one that has the socket, or none before it does", arguments: plans)
    func owners(_ plan: Plan) throws {
      let scene = try trace(plan)
      for socket in scene.sockets(from: "CLOSE") {
        #expect(socket.allSatisfy { $0["pid"] == scene.client && $0["comm"] == "workload" })
      }
      for socket in scene.sockets(from: "LISTEN") where socket.count > 1 {
        #expect(socket.prefix(2).allSatisfy { $0.values["pid"] is NSNull })
        #expect(socket.dropFirst(2).allSatisfy { $0["pid"] == scene.server })
      }
    }

    @Test("durations are those of the old state, and of the first none is known", arguments: plans)
    func durations(_ plan: Plan) throws {
      let scene = try trace(plan, ["--hold", "20"])
      for socket in scene.sockets where socket.count > 1 {
        #expect(socket[0].values["duration_ms"] is NSNull)
        #expect(socket.dropFirst().allSatisfy { $0.number("duration_ms") >= 0 })
        let established = socket.filter { $0["old_state"] == "ESTABLISHED" }
        #expect(established.count == 1)
        #expect(established.allSatisfy { $0.number("duration_ms") >= 20 }, "\(established)")
      }
    }

    @Test("where both ends connect at once, a socket goes through SYN_RECV", arguments: plans)
    func simultaneous(_ plan: Plan) throws {
      let workload = try Workload("connects", "--self", "23", "4")
      let result = try plan.trace(
        workload, ["-p", "@"], naming: ["@": "\(workload.pid)"])
      let rows = try result.rows()
      #expect(rows.count { $0["old_state"] == "SYN_SENT" && $0["new_state"] == "SYN_RECV" } == 23)
      #expect(
        rows.count { $0["old_state"] == "SYN_RECV" && $0["new_state"] == "ESTABLISHED" } == 23)
    }

    @Test("each filter lets its sockets pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      // The listener is closed by the client, which lives longer.
      let cases: [([String], String, Int)] = [
        (["-L", "@port"], "4", 5 * 23 + 1), (["-L", "9,@port"], "6", 5 * 23 + 1),
        (["-L", "9"], "4", 0), (["-D", "@port"], "4", 5 * 23), (["-D", "@port,9"], "6", 5 * 23),
        (["-D", "9,11"], "4", 0), (["-L", "@port", "-D", "@port"], "4", 0),
        (["-4"], "4", 10 * 23 + 1), (["-4"], "6", 0), (["-6"], "6", 10 * 23 + 1),
        (["-6"], "4", 0), (["-p", "@client"], "4", 5 * 23 + 1), (["-p", "@server"], "4", 3 * 23),
        (["-p", "1"], "4", 0), (["--netns", "7"], "4", 0),
      ]
      for (options, family, expected) in cases {
        let scene = try trace(plan, [], family, options: options)
        #expect(scene.rows.count == expected, "\(options) \(family)")
      }
    }

    @Test("the table has the columns of libbpf-tools, and -T, -t and -w theirs", arguments: plans)
    func table(_ plan: Plan) throws {
      let socket = ["SKADDR", "PID", "COMM"], ends = ["LADDR", "LPORT", "RADDR", "RPORT"]
      let states = ["OLDSTATE", "->", "NEWSTATE", "MS"]
      for (options, first, ip) in [
        ([], [], []), (["-T"], ["TIME"], []), (["-t"], ["TIME(s)"], []), (["-w"], [], ["IP"]),
      ] as [([String], [String], [String])] {
        let workload = try Workload("connects", "23", "4")
        let run = try TracedRun(
          "tcpstates", ["-D", workload.announcement] + options, plan: plan.hooks)
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == first + socket + ip + ends + states)
        let established = lines.filter { $0.contains("SYN_SENT") && $0.contains("ESTABLISHED") }
        #expect(established.count == 23)
        for line in established {
          #expect(line[first.count + 1] == "\(workload.pid)" && line.count == lines[0].count)
          #expect(Array(line.suffix(4).prefix(3)) == ["SYN_SENT", "->", "ESTABLISHED"])
        }
      }
    }

    @Test("-s writes CSV", arguments: plans)
    func csv(_ plan: Plan) throws {
      let workload = try Workload("connects", "23", "4")
      let run = try TracedRun(
        "tcpstates", ["-s", "-D", workload.announcement, "--columns", "comm,new_state"],
        plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      #expect(lines.first == "comm,new_state")
      #expect(lines.count { $0 == "workload,ESTABLISHED" } == 23)
    }
  }
}
