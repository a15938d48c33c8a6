import Foundation
import Testing

extension Live {
  /// tcprtt counts the round trip time of a session with each segment that it receives, in a
  /// network namespace of its own.
  @Suite struct RoundTrips {
    static let plans = Plan.offered("tcprtt")

    /// A session of 23 bytes that the server sends, traced.
    private struct Scene {
      let rows: [Row]
      /// How many segments each end has received, and its round trip time.
      let client: [Int]
      let server: [Int]

      var count: Int { rows.reduce(0) { $0 + ($1["count"] ?? 0) } }
      var segments: Int { client[0] + server[0] }
    }

    /// Words of options: `@client` and `@server` stand for ports, `@child` for the server's
    /// process, `@netns` for the namespace and `@pid` for the client's process.
    private func trace(
      _ plan: Plan, _ options: [String], family: String = "4", work: [String] = [],
      number: Int = 23
    ) throws -> Scene {
      let workload = try Workload(["rtts"] + work + ["\(number)", family])
      let known = workload.announcement.split(separator: " ").map(String.init)
      try #require(known.count == 4)
      let named = options.map { option in
        ["@client": known[0], "@server": known[1], "@child": known[2], "@netns": known[3]][option]
          ?? option.replacingOccurrences(of: "@pid", with: "\(workload.pid)")
      }
      let network = try workload.network()
      let run = try plan.run(named)
      let ends = try workload.run()
      let result = try run.stop()
      try network.close()
      #expect(result.end == .exited(0), "\(result.errors)")
      try #require(ends.count == 2)
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
      return Scene(rows: try result.rows(), client: ends[0], server: ends[1])
    }

    @Test(
      "as many times are counted as segments came, each the kernel's own", arguments: plans,
      ["4", "6", "mapped"])
    func exact(_ plan: Plan, _ family: String) throws {
      let both = try trace(plan, ["--netns", "@netns"], family: family)
      #expect(both.count == both.segments && both.client[0] == 23)
      // It sends nothing, so its time does not change after the handshake.
      let scene = try trace(plan, ["-p", "@client", "--netns", "@netns"], family: family)
      let row = try #require(scene.rows.first)
      let time = scene.client[1]
      #expect(scene.rows.count == 1 && row["count"] == 23 && row["unit"] == "usecs")
      #expect(row["min"] == time && row["max"] == time && row["sum"] == 23 * time)
      #expect(row.buckets.last?.count == 23)
    }

    @Test("-m counts in milliseconds")
    func milliseconds() throws {
      let plan = try #require(Self.plans.first)
      for option in ["-m", "--millisecond", "--milliseconds"] {
        let scene = try trace(plan, [option, "-p", "@client", "--netns", "@netns"])
        let row = try #require(scene.rows.first)
        #expect(row["unit"] == "msecs" && row["sum"] == 23 * (scene.client[1] / 1000))
      }
    }

    @Test("a session that has measured nothing has no time", arguments: plans)
    func unmeasured(_ plan: Plan) throws {
      for (port, isMeasured) in [("@client", false), ("@server", true)] {
        let scene = try trace(
          plan, ["-p", port, "--netns", "@netns"], work: ["--unmeasured"])
        #expect(scene.client[1] == 0 && scene.client[0] >= 23 && scene.server[1] > 0)
        #expect((scene.count > 0) == isMeasured)
        #expect(scene.rows.allSatisfy { $0["min"] ?? 0 > 0 || $0["count"] == 0 })
      }
    }

    private enum Part { case client, server, both, nothing }

    @Test("each filter lets its segments pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [(options: [String], family: String, part: Part)] = [
        (["-p", "@client"], "4", .client), (["-p", "@server"], "4", .server),
        (["-P", "@client"], "4", .server), (["-P", "@server"], "6", .client),
        (["--lport", "@client", "--rport", "@server"], "6", .client),
        (["--lport", "@client", "--rport", "@client"], "4", .nothing),
        (["-a", "127.0.0.2"], "4", .client), (["-A", "127.0.0.2"], "4", .server),
        (["-a", "127.0.0.2"], "mapped", .client), (["-A", "127.0.0.0/30"], "mapped", .both),
        (["-a", "127.0.0.2/31"], "4", .client), (["-a", "127.0.0.4/30"], "4", .nothing),
        (["-a", "::1"], "6", .both), (["-a", "::1", "-A", "::2"], "6", .nothing),
        (["-a", "::/64"], "6", .both), (["-a", "::/0"], "4", .nothing),
        (["-4"], "mapped", .both), (["-4"], "6", .nothing), (["-6"], "6", .both),
        (["-6"], "4", .nothing), (["--pid", "@pid"], "4", .client),
        (["--comm", "loadwork"], "4", .nothing), (["--uid", "65533"], "4", .nothing),
      ]
      for (options, family, part) in cases {
        let scene = try trace(plan, options + ["--netns", "@netns"], family: family)
        let expected =
          switch part {
          case .client: scene.client[0]
          case .server: scene.server[0]
          case .both: scene.segments
          case .nothing: 0
          }
        #expect(scene.count == expected, "\(options) \(family)")
      }
      #expect(try trace(plan, ["-p", "@client", "--netns", "/proc/self/ns/net"]).count == 0)
    }

    @Test("the process of an end is that which connected or accepted")
    func owners() throws {
      // The default is a plan that sees who accepts; the other options only choose the way.
      let workload = try Workload("rtts", "23", "4")
      let known = workload.announcement.split(separator: " ")
      let runs = try ["\(workload.pid)", String(known[2])].map {
        try TracedRun("tcprtt", ["--json", "--pid", $0])
      }
      let ends = try workload.run()
      for (run, end) in zip(runs, ends) {
        let row = try run.stop().rows().first
        #expect(row?["count"] == end[0])
      }
    }

    @Test("-b and -B give each address its own", arguments: plans, ["4", "6", "mapped"])
    func addresses(_ plan: Plan, _ family: String) throws {
      for (option, key) in [("-b", "laddr"), ("-B", "raddr")] {
        let scene = try trace(plan, [option, "--netns", "@netns"], family: family)
        let counts = Dictionary(
          scene.rows.map { ($0[key] ?? "", $0["count"] ?? 0) }, uniquingKeysWith: +)
        let (one, other) =
          option == "-b" ? (scene.client, scene.server) : (scene.server, scene.client)
        #expect(
          counts
            == (family == "6"
              ? ["::1": scene.segments] : ["127.0.0.2": one[0], "127.0.0.1": other[0]]))
      }
    }

    @Test("addresses of both versions are refused")
    func versions() throws {
      for options in [
        ["-a", "10.0.0.1", "-A", "::1"], ["-4", "-a", "::1"], ["-6", "-A", "10.0.0.1"],
      ] {
        let process = try TracedRun.startOrEnd("tcprtt", options)
        #expect(try process.wait() == .exited(64))
        #expect(process.errors.text.contains("IPv4 and IPv6"))
      }
    }

    @Test("no interval loses a segment")
    func intervals() throws {
      let plan = try #require(Self.plans.first)
      let scene = try trace(plan, ["-i", "0.01", "--netns", "@netns"], number: 1009)
      #expect(scene.rows.count > 1 && scene.count == scene.segments)
    }

    @Test("the table has the headings of libbpf-tools")
    func table() throws {
      for (options, heading) in [
        ([], "All Addresses = ****** "), (["-b"], "Local Address = 127.0.0.2 "),
        (["-B"], "Remote Address = 127.0.0.1 "), (["-e"], "All Addresses = ****** [AVG "),
      ] {
        let workload = try Workload("rtts", "23", "4")
        let known = workload.announcement.split(separator: " ")
        let run = try TracedRun(
          "tcprtt", options + ["-p", "\(known[0])", "--netns", "\(known[3])"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.hasPrefix(heading) == true, "\(lines)")
        #expect(lines.dropFirst().first == "     usecs               : count    distribution")
      }
    }
  }
}
