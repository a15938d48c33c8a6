import Foundation
import Testing

extension Live {
  /// xdptop counts the packets of a device, by what is in their headers.
  @Suite struct Flows {
    static let plans = Plan.offered("xdptop")
    /// XDP sees what a device receives only.
    static let sending = plans.filter { $0.hooks != "xdp" }

    /// Sends frames from q0 to q1, in a network namespace of their own.
    ///
    /// - Parameter frames: numbers and kinds, as the workload takes them.
    private func trace(
      _ plan: Plan, _ options: [String], _ frames: String, on device: String = "q1",
      every seconds: String = "60"
    ) throws -> [Row] {
      let workload = try Workload(["frames", "q0"] + frames.split(separator: " ").map(String.init))
      let result = try plan.trace(
        workload, ["-n", device, "--pid-netns", "\(workload.pid)", seconds] + options,
        naming: [:])
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
      return try result.rows()
    }

    private func sum(_ rows: [Row], _ key: String = "packets") -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    private static let ends = ("10.7.0.1:4001", "10.7.0.2:4002")
    private static let ends6 = ("[fd07::1]:4001", "[fd07::2]:4002")

    /// A kind of frame, how many are sent, and what is known of it.
    private struct Kind {
      let number: Int
      let name: String
      var `protocol` = "udp"
      var ends: (String, String)?
      let size: Int
    }

    /// No two of a list have the same flow.
    private static let kinds = [
      [
        Kind(number: 23, name: "udp4", ends: ends, size: 50),
        Kind(number: 17, name: "tcp4", protocol: "tcp", ends: ends, size: 54),
        Kind(number: 13, name: "udp6", ends: ends6, size: 70),
        Kind(number: 11, name: "fragment4", ends: ("10.7.0.1", "10.7.0.2"), size: 50),
        Kind(number: 7, name: "fragment6", ends: ("fd07::1", "fd07::2"), size: 78),
        Kind(number: 5, name: "cut4", protocol: "ipv4", size: 24),
        Kind(number: 3, name: "arp", protocol: "arp", size: 42),
        Kind(number: 2, name: "length", protocol: "802.2", size: 52),
        Kind(number: 19, name: "100", protocol: "0x88b5", size: 100),
      ],
      [
        Kind(number: 29, name: "options4", ends: ends, size: 62),
        Kind(number: 31, name: "extensions6", ends: ends6, size: 94),
      ],
    ]

    @Test("each kind of packet has its protocol, its ends and its bytes", arguments: plans)
    func kinds(_ plan: Plan) throws {
      for kinds in Self.kinds {
        let frames = kinds.map { "\($0.number) \($0.name)" }.joined(separator: " ")
        let rows = try trace(plan, [], frames)
        #expect(rows.count == kinds.count, "\(rows)")
        for kind in kinds {
          let row = try #require(rows.first { $0["packets"] == kind.number }, "\(kind.name)")
          #expect(row["direction"] == "rx" && row["protocol"] == kind.protocol, "\(row)")
          #expect(row["source"] == kind.ends?.0 && row["destination"] == kind.ends?.1, "\(row)")
          #expect(row["bytes"] == kind.number * kind.size, "\(row)")
        }
      }
    }

    @Test("the tags of virtual networks are passed over", arguments: plans)
    func tags(_ plan: Plan) throws {
      for (kind, tags) in [("vlan", 1), ("vlans", 2)] {
        let row = try #require(try trace(plan, [], "23 \(kind)").first)
        #expect(row["protocol"] == "udp" && row["source"] == Self.ends.0, "\(row)")
        // The kernel keeps the first tag of what it receives beside the packet.
        let bytes = try #require(row["bytes"] as Int?)
        #expect(row["packets"] == 23 && [tags, tags - 1].contains { bytes == 23 * (50 + 4 * $0) })
      }
    }

    @Test("what a device sends is as many packets and bytes", arguments: sending)
    func sent(_ plan: Plan) throws {
      let rows = try trace(plan, [], "23 udp4 17 udp6 5 vlan", on: "q0")
      #expect(rows.allSatisfy { $0["direction"] == "tx" && $0["sport"] == 4001 })
      #expect(sum(rows) == 45 && sum(rows, "bytes") == 23 * 50 + 17 * 70 + 5 * 54)
    }

    @Test("a packet that the device splits is its segments", arguments: sending, ["q0", "q1"])
    func segments(_ plan: Plan, _ device: String) throws {
      let rows = try trace(plan, [], "23 large4", on: device)
      #expect(rows.count == 1 && sum(rows) == 115 && sum(rows, "bytes") == 115 * 1054)
    }

    @Test("filters let their packets through and keep others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Int)] = [
        (["-4"], 36), (["-6"], 17), (["--protocol", "udp"], 40), (["--protocol", "tcp"], 13),
        (["--protocol", "arp"], 7), (["--protocol", "icmp"], 0), (["-P", "4001"], 53),
        (["-P", "53,4002"], 53), (["-P", "53"], 0), (["--rx"], 60), (["--protocol", "17"], 40),
      ]
      for (options, number) in cases {
        let rows = try trace(plan, options, "23 udp4 17 udp6 13 tcp4 7 arp")
        #expect(sum(rows) == number, "\(options): \(rows)")
      }
      if plan.hooks != "xdp" {
        #expect(sum(try trace(plan, ["--tx"], "23 udp4")) == 0)
        #expect(sum(try trace(plan, ["--tx"], "23 udp4", on: "q0")) == 23)
      }
    }

    @Test("--by puts together what differs in the rest", arguments: plans)
    func parts(_ plan: Plan) throws {
      let frames = "23 udp4 17 tcp4 5 fragment4"
      for (by, numbers) in [
        ("source", [45]), ("protocol", [28, 17]), ("ports", [40, 5]),
        ("protocol,ports", [23, 17, 5]), ("source,destination", [45]),
      ] {
        let rows = try trace(plan, ["--by", by, "-s", "packets"], frames)
        #expect(rows.map { $0["packets"] ?? 0 } == numbers, "\(by): \(rows)")
        for row in rows {
          let (source, name): (String?, String?) = (row["source"], row["protocol"])
          #expect((source != nil) == by.contains("source"), "\(row)")
          #expect((name != nil) == by.contains("protocol"), "\(row)")
        }
      }
    }

    @Test("no interval loses a packet", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let rows = try trace(plan, [], "10007 udp4", every: "0.05")
      #expect(sum(rows) == 10_007 && sum(rows, "bytes") == 10_007 * 50)
    }

    @Test("a device of another namespace is not counted", arguments: plans)
    func others(_ plan: Plan) throws {
      let other = try Workload("frames", "lo", "23", "udp4")
      let run = try plan.run(["-n", "lo"])
      try other.run()
      let result = try run.stop()
      #expect(try result.rows().allSatisfy { $0["source"] != Self.ends.0 })
      #expect(result.leftInKernel == "")
    }

    @Test("the table has a line for each flow, and IPv6 one of its own")
    func table() throws {
      let workload = try Workload("frames", "q0", "23", "udp4", "17", "udp6", "5", "arp")
      let network = try workload.network()
      let run = try TracedRun("xdptop", ["-n", "q1", "--pid-netns", "\(workload.pid)", "60"])
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
      try network.close()
      let header = ["DIR", "PROTO", "SOURCE", "DESTINATION", "PACKETS", "KB"]
      #expect(
        lines.filter { !$0.isEmpty } == [
          header, ["rx", "udp", Self.ends.0, Self.ends.1, "23", "1"],
          ["rx", "arp", "-", "-", "5", "0"],
          header, ["rx", "udp", Self.ends6.0, Self.ends6.1, "17", "1"],
        ], "\(lines)")
    }
  }
}
