import Foundation
import Testing
import TraceKit

extension Live {
  /// tcpretrans shows each segment that is sent again, as many as the kernel counts.
  @Suite struct Retransmissions {
    static let plans = Plan.offered("tcpretrans")

    /// A run of sessions that lose packets, in a namespace of its own.
    struct Scene {
      let client: Int
      let server: Int
      let port: Int
      let netns: Int
      /// What the kernel counted: RetransSegs and TCPLossProbes.
      let segments: Int
      let probes: Int
      let missed: Int
      let rows: [Row]

      /// The segments of the rows.
      func sum(_ rows: [Row]) -> Int { rows.reduce(0) { $0 + ($1["segments"] ?? 0) } }

      func rows(_ kind: String) -> [Row] { rows.filter { $0["kind"] == kind } }
    }

    /// Runs 23 connects whose SYN is sent again, or lossy sessions, under tcpretrans
    /// by its options, in which `@client`, `@server` and `@netns` stand for those of the
    /// run. Another workload does the same beside.
    static func scene(
      _ plan: Plan, _ work: [String] = ["--deaf", "23"], _ family: String = "4",
      options: [String] = ["--netns", "@netns"], environment: [String] = []
    ) throws -> Scene {
      let bytes = [family, "30011", "20011"]
      let workload = try Workload(["sessions"] + work + bytes, environment: environment)
      let neighbour = try Workload(["sessions", "--deaf", "3"] + bytes)
      let known = workload.announcement.split(separator: " ").compactMap { Int($0) }
      try #require(known.count == 3)
      let names = ["@client": workload.pid, "@server": known[1], "@netns": known[2]]
      // Or it is the number of another one before the tool has ended.
      let network = try workload.network()
      defer { try? network.close() }
      let run = try plan.run(
        options.map { option in
          names.reduce(option) { $0.replacingOccurrences(of: $1.key, with: "\($1.value)") }
        })
      neighbour.go()
      let counted = try #require(try workload.run().last)
      _ = try neighbour.finish()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let summary = try result.summary()
      let missed = summary["missed"] ?? 0
      #expect(summary["lost"] == 0)
      #expect(missed == 0 || MayMiss.hits(of: plan.hooks), "missed \(missed)")
      return Scene(
        client: workload.pid, server: known[1], port: known[0], netns: known[2],
        segments: counted[0], probes: counted[1], missed: missed, rows: try result.rows())
    }

    /// A run in which all segments were seen, and never more; another where the kernel says
    /// that it missed some.
    static func exactScene(
      _ plan: Plan, _ work: [String], _ family: String = "4",
      options: [String] = ["--netns", "@netns"]
    ) throws -> Scene {
      for _ in 0..<3 {
        let scene = try Self.scene(plan, work, family, options: options)
        let sum = scene.sum(scene.rows)
        #expect(sum <= scene.segments)
        if sum == scene.segments, sum > 0 { return scene }
        if scene.missed == 0 { break }
      }
      throw LiveError("segments were not seen")
    }

    static let states = [
      "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "LAST_ACK", "CLOSING",
    ]

    @Test(
      "as many segments are shown as the kernel counts, with both ends and the process",
      arguments: plans, Sessions.families)
    func lost(_ plan: Plan, _ family: (String, Int, String)) throws {
      let scene = try Self.exactScene(plan, ["--loss", "20", "7"], family.0)
      let bracketed = family.1 == 4 ? family.2 : "[\(family.2)]"
      for row in scene.rows {
        let isServer = row["lport"] == scene.port
        #expect(row["pid"] == (isServer ? scene.server : scene.client), "\(row)")
        #expect(row["comm"] == "workload" && row["ip"] == family.1 && row["kind"] == "retransmit")
        #expect(row["laddr"] == family.2 && row["raddr"] == family.2)
        #expect(row[isServer ? "lport" : "rport"] == scene.port)
        #expect(row["local"] == "\(bracketed):\(row["lport"] ?? 0)")
        #expect(row["remote"] == "\(bracketed):\(row["rport"] ?? 0)")
        #expect(Self.states.contains(row["state"] ?? ""), "\(row)")
        #expect(row["seq"] ?? 0 > 0)
        #expect(row["netns"] == scene.netns)
      }
    }

    @Test("--syn-ack adds the answers to SYNs", arguments: plans, ["4", "6", "mapped"])
    func handshakes(_ plan: Plan, _ family: String) throws {
      let scene = try Self.exactScene(
        plan, ["--deaf", "23"], family, options: ["--syn-ack", "--netns", "@netns"])
      let syns = scene.rows("retransmit"), answers = scene.rows("syn_ack")
      #expect(syns.count + answers.count == scene.rows.count)
      #expect(syns.count >= 23 && answers.count >= 23)
      for row in syns {
        #expect(row["state"] == "SYN_SENT" && row["rport"] == scene.port)
        #expect(row["pid"] == scene.client)
      }
      let clientPorts = Set(syns.map { $0["lport"] ?? 0 })
      #expect(clientPorts.count == 23)
      for row in answers {
        #expect(row["state"] == "NEW_SYN_RECV" && row["lport"] == scene.port)
        #expect(row.values["pid"] is NSNull && row.values["seq"] is NSNull)
        #expect(row["ip"] == (family == "6" ? 6 : 4))
        #expect(clientPorts.contains(row["rport"] ?? -1))
      }
      // Without it they are not there.
      let plain = try Self.scene(plan, ["--deaf", "23"], family)
      #expect(plain.rows.count >= 23 && plain.rows.count == plain.rows("retransmit").count)
      #expect(plain.sum(plain.rows) < plain.segments)
    }

    @Test("each filter lets its segments pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Bool)] = [
        (["-4"], "mapped", true), (["-4"], "6", false), (["-6"], "6", true),
        (["-6"], "mapped", false), (["--pid", "@client"], "4", true),
        (["--pid", "@server"], "4", false), (["--comm", "workload"], "4", true),
        (["--comm", "work"], "4", false), (["--uid", "65534"], "4", false),
      ]
      for (options, family, passes) in cases {
        let scene = try Self.scene(
          plan, ["--deaf", "23"], family, options: ["--netns", "@netns"] + options)
        #expect(Set(scene.rows.map { $0["lport"] ?? 0 }).count == (passes ? 23 : 0), "\(options)")
      }
      let elsewhere = try Self.scene(plan, options: ["--netns", "/proc/self/ns/net"])
      #expect(elsewhere.rows.allSatisfy { $0["netns"] != elsewhere.netns })
    }

    @Test("--cgroup shows a group's segments and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("lossy"), other = try ControlGroup("others")
      for home in [group, other] {
        let scene = try Self.scene(
          plan, options: ["--cgroup", group.path], environment: ["--cgroup", home.path])
        let ports = Set(scene.rows.map { $0["lport"] ?? 0 })
        #expect(ports.count == (home === group ? 23 : 0))
      }
    }

    @Test("-c counts the segments of each flow", arguments: plans, ["4", "6"])
    func counts(_ plan: Plan, _ family: String) throws {
      let workload = try Workload("sessions", "--deaf", "23", family, "0", "0")
      let netns = workload.announcement.split(separator: " ")[2]
      let counting = try plan.run(["-c", "--netns", "\(netns)"])
      let tracing = try plan.run(["--netns", "\(netns)"])
      try workload.run()
      var flows: [String: Int] = [:]
      for row in try tracing.stop().rows() {
        flows["\(row["local"] ?? "") \(row["remote"] ?? "")", default: 0] += 1
      }
      let rows = try counting.stop().rows()
      #expect(!rows.isEmpty)
      #expect(rows.map { $0["retransmits"] ?? 0 } == flows.values.sorted(by: >))
      for row in rows {
        #expect(flows["\(row["local"] ?? "") \(row["remote"] ?? "")"] == row["retransmits"])
      }
    }

    @Test("the table has the columns of bcc, and -s its own", arguments: plans)
    func table(_ plan: Plan) throws {
      let columns = ["TIME", "PID", "IP", "LADDR:LPORT", "T>", "RADDR:RPORT", "STATE"]
      for (options, more) in [([], []), (["-s"], ["SEQ"])] {
        let workload = try Workload("sessions", "--deaf", "23", "4", "0", "0")
        let netns = workload.announcement.split(separator: " ")[2]
        let run = try TracedRun(
          "tcpretrans", ["--netns", "\(netns)"] + options, plan: plan.hooks)
        let counted = try #require(try workload.run().last)
        let lines = try run.stop().lines.map { $0.split(separator: " ") }
        #expect(lines.first?.map(String.init) == columns + more)
        #expect((24...counted[0] + 1).contains(lines.count))
        #expect(lines.dropFirst().allSatisfy { $0.count == columns.count + more.count })
        #expect(lines.dropFirst().allSatisfy { $0[4] == "R>" })
      }
    }
  }

  /// tcpretrans -l shows the attempts to probe for a lost tail as well.
  @Suite struct LossProbes {
    @Test(
      "as many probes are shown as the kernel sent", arguments: Plan.offered("tcpretrans", "-l"))
    func probes(_ plan: Plan) throws {
      let scene = try Retransmissions.exactScene(plan, ["--loss", "20", "11"])
      #expect(scene.rows("probe").count >= scene.probes)
      #expect(scene.probes > 0)
      for row in scene.rows("probe") {
        #expect(row["lport"] == scene.port || row["rport"] == scene.port)
        #expect(row.values["seq"] is NSNull)
      }
    }

    @Test(
      "without a function hook the tool says so",
      .enabled(if: Plan.offered("tcpretrans", "-l").isEmpty, "the kernel has function hooks"))
    func refused() throws {
      let process = try TracedRun.startOrEnd("tcpretrans", ["-l"])
      #expect(try process.wait() == .exited(69))
      #expect(process.errors.text.contains("fentry") && process.errors.text.contains("kprobe"))
    }
  }
}
