import Foundation
import Testing

extension Live {
  /// tcpsubnet adds up what a session between 127.0.0.2, or ::1, and a server moves: 23 bytes
  /// from the server to the client.
  @Suite struct Subnets {
    static let plans = Plan.offered("tcpsubnet")

    /// - Parameter options: `@netns` stands for the namespace, `@pid` for the client's process,
    ///   `@child` for the server's.
    private func rows(
      _ plan: Plan, _ options: [String], family: String = "4", number: Int = 23
    ) throws -> [Row] {
      let workload = try Workload("rtts", "\(number)", family)
      let known = workload.announcement.split(separator: " ").map(String.init)
      try #require(known.count == 4)
      let network = try workload.network()
      let result = try plan.trace(
        workload, options + ["--netns", "@netns"],
        naming: ["@netns": known[3], "@child": known[2], "@pid": "\(workload.pid)"])
      try network.close()
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
      return try result.rows()
    }

    /// What was sent to each subnet and received from it.
    private func bytes(_ rows: [Row]) -> [String: [Int]] {
      var bytes: [String: [Int]] = [:]
      for row in rows {
        let before = bytes[row["subnet"] ?? "", default: [0, 0]]
        bytes[row["subnet"] ?? ""] = [
          before[0] + (row["tx_bytes"] ?? 0), before[1] + (row["rx_bytes"] ?? 0),
        ]
      }
      return bytes
    }

    @Test("the bytes to and from each subnet, under the first that matches", arguments: plans)
    func exact(_ plan: Plan) throws {
      let cases: [(subnets: String?, family: String, bytes: [String: [Int]])] = [
        (
          "127.0.0.1/32,127.0.0.2/32", "4",
          ["127.0.0.1/32": [0, 23], "127.0.0.2/32": [23, 0]]
        ),
        (
          "127.0.0.1,127.0.0.2", "mapped",
          ["127.0.0.1/32": [0, 23], "127.0.0.2/32": [23, 0]]
        ),
        ("127.0.0.0/8,127.0.0.1/32", "4", ["127.0.0.0/8": [23, 23]]),
        ("127.0.0.1/32,127.9.9.9/8", "4", ["127.0.0.1/32": [0, 23], "127.0.0.0/8": [23, 0]]),
        ("10.0.0.0/8,127.0.0.4/30", "4", [:]), ("0.0.0.0/0", "6", [:]), ("::/0", "4", [:]),
        ("::2/128,::/127", "6", ["::/127": [23, 23]]),
        ("fe80::/10,::1", "6", ["::1/128": [23, 23]]),
        ("::ffff:127.0.0.2", "4", ["127.0.0.2/32": [23, 0]]),
        (nil, "4", ["127.0.0.1/32": [0, 23], "0.0.0.0/0": [23, 0]]),
        (nil, "6", ["::1/128": [23, 23]]),
      ]
      for (subnets, family, expected) in cases {
        let rows = try rows(plan, subnets.map { [$0] } ?? [], family: family)
        #expect(bytes(rows) == expected, "\(subnets ?? "none") \(family)")
        #expect(rows.count == expected.count)
      }
    }

    @Test("filters count the bytes of theirs, and no interval loses one", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], [Int])] = [
        (["-p", "@pid"], [0, 23]), (["-p", "@child"], [23, 0]), (["-p", "1"], [0, 0]),
        (["--comm", "workload", "-4"], [23, 23]), (["-6"], [0, 0]), (["-i", "0.05"], [23, 23]),
        (["--uid", "65533"], [0, 0]),
      ]
      for (options, expected) in cases {
        let sum = bytes(try rows(plan, options + ["127.0.0.0/8"]))["127.0.0.0/8"]
        #expect(sum ?? [0, 0] == expected, "\(options)")
      }
    }

    @Test("the subnet that moved most is first")
    func sorted() throws {
      let plan = try #require(Self.plans.first)
      let rows = try rows(plan, ["-i", "60", "-p", "@pid,@child", "127.0.0.2/32,127.0.0.0/8"])
      #expect(rows.count == 2)
      #expect(rows.map { ($0["tx_bytes"] ?? 0) + ($0["rx_bytes"] ?? 0) } == [23, 23])
    }

    @Test("the table has the columns of bcc and what was received, in the unit of -f")
    func table() throws {
      guard let plan = Self.plans.first else { return }
      for (options, unit, number) in [
        ([], "BYTES", "23"), (["-f", "b"], "BITS", "184"), (["-f", "K"], "KB", "0"),
      ] {
        let workload = try Workload("rtts", "23", "4")
        let run = try TracedRun(
          "tcpsubnet", options + ["-i", "60", "-p", "\(workload.pid)"], plan: plan.hooks)
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        #expect(
          lines.dropFirst() == [
            ["SUBNET", "TX_" + unit, "RX_" + unit], ["127.0.0.1/32", "0", number],
          ])
      }
    }
  }
}
