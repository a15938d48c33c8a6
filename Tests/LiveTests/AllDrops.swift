import Foundation
import Testing

extension Live {
  /// dropsnoop shows each packet of any protocol that a workload has the kernel drop, in a
  /// network namespace of its own.
  @Suite(.alone) struct AllDrops {
    /// The first one that works: ``Live/Plans`` runs them all, and their programs are the same.
    static let plans = Plan.offered("dropsnoop").prefix(1)

    /// What one kind of packets looks like.
    struct Kind: CustomTestStringConvertible, Sendable {
      let name: String
      var family = "4"
      let proto: String
      let reason: String
      let place: String
      var isOfIP = true
      var testDescription: String { "\(name) \(family)" }
    }

    static let kinds = [
      Kind(name: "refused", proto: "tcp", reason: "NO_SOCKET", place: "tcp_v4_rcv"),
      Kind(
        name: "refused", family: "6", proto: "tcp", reason: "NO_SOCKET", place: "tcp_v6_rcv"),
      Kind(name: "udp", proto: "udp", reason: "NO_SOCKET", place: "udp4_lib_rcv"),
      Kind(name: "full", proto: "udp", reason: "SOCKET_RCVBUFF", place: "udp_queue_rcv_one_skb"),
      Kind(name: "protocol", proto: "ip-253", reason: "IP_NOPROTO", place: "ip_"),
      Kind(
        name: "link", proto: "0x88b5", reason: "UNHANDLED_PROTO", place: "netif_receive_skb",
        isOfIP: false),
    ]

    /// The reasons are as old as this: each kernel has some of them.
    static let hasReasons =
      KernelSymbols.has("kfree_skb_reason") || KernelSymbols.has("sk_skb_reason_drop")

    private struct Scene {
      let result: RunResult
      let rows: [Row]
      let port: Int
      let netns: Int
    }

    private func trace(
      _ plan: Plan, _ kind: String, _ family: String = "4",
      _ options: [String] = ["--pid-netns", "@pid"]
    ) throws -> Scene {
      let workload = try Workload("drops", "23", family, kind)
      let known = workload.announcement.split(separator: " ").compactMap { Int($0) }
      try #require(known.count == 2)
      let result = try plan.trace(
        workload, options,
        naming: ["@pid": "\(workload.pid)", "@netns": "/proc/\(workload.pid)/ns/net"])
      let summary = try result.summary()
      #expect(summary["lost"] == 0)
      return Scene(result: result, rows: try result.rows(), port: known[0], netns: known[1])
    }

    @Test(
      "23 packets of each kind have protocol, ends, interface, reason and place",
      arguments: plans, kinds)
    func packets(_ plan: Plan, _ kind: Kind) throws {
      let scene = try trace(plan, kind.name, kind.family)
      let rows = scene.rows.filter { $0["protocol"] == kind.proto }
      #expect(rows.count == 23, "\(scene.rows.map(\.values))")
      let address = kind.family == "4" ? "127.0.0.1" : "::1"
      for row in rows {
        #expect(row["netns"] == scene.netns && row.values["pid"] is NSNull)
        let expected: String? = kind.isOfIP ? address : nil
        #expect(row["saddr"] == expected && row["daddr"] == expected)
        if kind.proto == "tcp" || kind.proto == "udp" { #expect(row["dport"] == scene.port) }
        #expect(kind.proto == "tcp" || row.values["dport"] is NSNull || kind.proto == "udp")
        // UDP has forgotten it when it finds the socket full.
        if kind.name != "full" { #expect(row["interface"] == "lo", "\(row.values)") }
        let place: String = row["place"] ?? ""
        #expect(place.contains("+0x"))
        if Self.hasReasons { #expect((row["code"] ?? 0) > 0) }
        // Older kernels have other reasons, and drop in other functions.
        if KernelSymbols.has("sk_skb_reason_drop") {
          #expect(row["reason"] == kind.reason && place.contains(kind.place), "\(row.values)")
        }
      }
    }

    @Test("filters of family, protocol, reason, interface and namespace", arguments: plans)
    func filters(_ plan: Plan) throws {
      var cases: [(options: [String], kind: String, family: String, count: Int)] = [
        (["-4"], "refused", "4", 23), (["-6"], "refused", "4", 0),
        (["-6"], "refused", "6", 23),
        (["--protocol", "253"], "protocol", "4", 23), (["--protocol", "udp"], "protocol", "4", 0),
        (["--protocol", "arp"], "link", "4", 0),
        (["--interface", "lo"], "link", "4", 23), (["--interface", "lo2"], "link", "4", 0),
      ]
      if Self.hasReasons {
        cases += [
          (["--reason", "no_socket"], "udp", "4", 23),
          (["--reason", "TCP_CSUM"], "udp", "4", 0),
        ]
      }
      for (options, kind, family, count) in cases {
        let scene = try trace(plan, kind, family, options + ["--pid-netns", "@pid"])
        let known = Self.kinds.first { $0.name == kind }?.proto
        #expect(scene.rows.count { $0["protocol"] == known } == count, "\(options) \(kind)")
      }
      #expect(try trace(plan, "udp", "4", ["--netns", "@netns"]).rows.count >= 23)
      #expect(try trace(plan, "udp", "4", ["--netns-id", "7"]).rows.isEmpty)
    }

    @Test("counts by reason and by place add up", arguments: plans)
    func counts(_ plan: Plan) throws {
      for options in [["-c"], ["-c", "--by-place"]] {
        let rows = try trace(
          plan, "udp", "4", options + ["--protocol", "udp", "--pid-netns", "@pid"]
        ).rows
        #expect(rows.count == 1 && rows.first?["count"] == 23, "\(rows.map(\.values))")
        let place: String? = rows.first?["place"]
        #expect(place?.contains("+0x") == (options.count > 1 ? true : nil))
      }
    }

    @Test("connections that a full listen queue refuses are reported beside", arguments: plans)
    func queues(_ plan: Plan) throws {
      let scene = try trace(plan, "queue", "4", ["-c", "--netns", "@netns"])
      #expect(scene.result.errors.contains("TcpExtListenOverflows 23"), "\(scene.result.errors)")
      let silent = try trace(plan, "udp", "4", ["-c", "--netns", "@netns"])
      #expect(!silent.result.errors.contains("TcpExt"), "\(silent.result.errors)")
    }

    @Test("-K has the kernel's stack, and the table its frames below the row")
    func stacks() throws {
      let plan = try #require(Self.plans.first)
      let rows = try trace(plan, "protocol", "4", ["-K", "--pid-netns", "@pid"]).rows
      #expect(rows.allSatisfy { !$0.texts("kernel_stack").isEmpty })
      let workload = try Workload("drops", "23", "4", "protocol")
      let run = try TracedRun("dropsnoop", ["--pid-netns", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.first?.split(separator: " ").map(String.init) == [
          "TIME", "PROTO", "SADDR:SPORT", ">", "DADDR:DPORT", "IFACE", "REASON", "PLACE",
        ])
      let rows2 = lines.filter { $0.contains(" ip-253 127.0.0.1 ") }
      #expect(rows2.count == 23 && rows2.allSatisfy { $0.contains(" > 127.0.0.1 ") })
    }
  }
}
