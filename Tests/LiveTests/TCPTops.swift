import Foundation
import Testing

extension Live {
  /// tcptop adds up the bytes of each connection.
  @Suite struct TCPTops {
    static let plans = Plan.offered("tcptop")
    private static let size = 1000

    /// Runs a workload that sends to itself. In an option `@` stands for its process.
    private func rows(
      _ plan: Plan, _ options: [String] = ["-p", "@"], family: String = "4", number: Int = 23,
      environment: [String] = []
    ) throws -> (rows: [Row], pid: Int, ports: [Int]) {
      let workload = try Workload(
        ["streams", "\(number)", family, "\(Self.size)"], environment: environment)
      let ports = workload.announcement.split(separator: " ").compactMap { Int($0) }
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int?)
      return (try result.rows(), workload.pid, ports)
    }

    private func sum(_ rows: [Row], _ key: String) -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    @Test(
      "both ends have 23 times 1,000 bytes, and what was only looked at does not count",
      arguments: plans, ["4", "6", "mapped"])
    func exact(_ plan: Plan, _ family: String) throws {
      let (rows, pid, ports) = try rows(plan, ["-p", "@", "60"], family: family)
      #expect(rows.count == 2)
      let version = family == "6" ? 6 : 4, address = version == 6 ? "::1" : "127.0.0.1"
      let local = version == 6 ? "[::1]" : address
      for (here, there, sent, received) in [(0, 1, 23, 0), (1, 0, 0, 23)] {
        let row = try #require(rows.first { $0["lport"] == ports[here] })
        #expect(row["rport"] == ports[there])
        #expect(row["tx_bytes"] == sent * Self.size && row["rx_bytes"] == received * Self.size)
        #expect(row["pid"] == pid && row["comm"] == "workload" && row["ip"] == version)
        #expect(row["laddr"] == address && row["raddr"] == address)
        #expect(row["local"] == "\(local):\(ports[here])")
        #expect(row["remote"] == "\(local):\(ports[there])")
      }
    }

    @Test("no interval loses a byte or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      let rows = try rows(plan, ["-p", "@", "0.1"], number: 1009).rows
      #expect(sum(rows, "tx_bytes") == 1009 * Self.size)
      #expect(sum(rows, "rx_bytes") == 1009 * Self.size)
    }

    @Test("filters count the connections of theirs", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Bool)] = [
        (["-4"], "4", true), (["-4"], "6", false), (["-6"], "6", true), (["-6"], "4", false),
        (["-6"], "mapped", false), (["--uid", "65533"], "4", false),
        (["--comm", "workload"], "4", true), (["--netns", "/proc/self/ns/net"], "4", true),
      ]
      for (options, family, isCounted) in cases {
        let rows = try rows(plan, ["-p", "@"] + options, family: family).rows
        #expect(sum(rows, "tx_bytes") == (isCounted ? 23 * Self.size : 0), "\(options) \(family)")
      }
      #expect(try rows(plan, ["-p", "1"]).rows.isEmpty)
    }

    @Test("-c counts a group's bytes and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("streams"), other = try ControlGroup("others")
      for home in [group, other] {
        let rows = try rows(plan, ["-c", group.path], environment: ["--cgroup", home.path]).rows
        #expect(sum(rows, "tx_bytes") == (home === group ? 23 * Self.size : 0))
      }
    }

    @Test("-s chooses which end is first")
    func sorted() throws {
      let plan = try #require(Self.plans.first)
      for (order, first) in [("sent", 0), ("received", 1)] {
        let (rows, _, ports) = try rows(plan, ["-p", "@", "-s", order, "60"])
        #expect(rows.first?["lport"] == ports[first], "\(order)")
      }
      let (rows, _, ports) = try rows(plan, ["-p", "@", "-s", "pid", "60"])
      #expect(rows.compactMap { $0["lport"] as Int? } == ports.sorted())
    }

    @Test("the table has the columns of libbpf-tools, and IPv6 one of its own", arguments: plans)
    func tables(_ plan: Plan) throws {
      func lines(_ family: [String], _ options: [String] = []) throws -> [[Substring]] {
        let workloads = try family.map {
          try Workload("streams", "23", $0, "\(Self.size)")
        }
        let pids = workloads.map { "\($0.pid)" }.joined(separator: ",")
        let run = try TracedRun("tcptop", ["-p", pids, "60"] + options, plan: plan.hooks)
        for workload in workloads { try workload.run() }
        return try run.stop().lines.map { $0.split(separator: " ") }
      }
      let header: [Substring] = ["PID", "COMM", "LADDR", "RADDR", "RX_KB", "TX_KB"]
      let header6: [Substring] = ["PID", "COMM", "LADDR6", "RADDR6", "RX_KB", "TX_KB"]
      let both = try lines(["4", "6"])
      #expect(both.count == 7 && both[0].contains("loadavg:"))
      #expect(both[1] == header && both[4] == header6)
      #expect(both[2].suffix(2) == ["0", "22"] || both[3].suffix(2) == ["0", "22"])
      #expect(try lines(["6"], ["-S"]).first == header6)
      #expect(try lines(["4"], ["-S"]).first == header)
    }
  }
}
