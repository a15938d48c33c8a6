import Foundation
import Testing
import TraceKit

extension Live {
  /// numasched shows moves that are forced, each once.
  @Suite struct NodeMoves {
    static let plans = Plan.offered("numasched")
    private static let number = 23

    /// In an option `@` stands for the workload's process.
    private func rows(
      _ plan: Plan, _ options: [String], reuse: Bool = false
    ) throws -> (rows: [Row], pid: Int, cpus: [Int]) {
      let workload = try Workload(["moves", "\(Self.number)"] + (reuse ? ["reuse"] : []))
      let cpus = workload.announcement.split(separator: " ").compactMap { Int($0) }
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload.pid, cpus)
    }

    @Test("--cpus shows 23 moves between two CPUs", arguments: plans)
    func moves(_ plan: Plan) throws {
      let (rows, pid, cpus) = try rows(plan, ["--cpus", "-p", "@"])
      #expect(rows.count == Self.number)
      for (turn, row) in rows.enumerated() {
        #expect(row["pid"] == pid && row["tid"] == pid && row["comm"] == "workload")
        let (from, to) = (cpus[turn % 2], cpus[(turn + 1) % 2])
        #expect(row["source_cpu"] == from && row["destination_cpu"] == to)
        #expect(row["source_node"] == Nodes.node(of: from))
        #expect(row["destination_node"] == Nodes.node(of: to))
      }
    }

    @Test(
      "a move within a node is none",
      .enabled(if: Nodes.areOne, "this machine has several NUMA nodes"), arguments: plans)
    func oneNode(_ plan: Plan) throws {
      #expect(try rows(plan, ["-p", "@"]).rows.isEmpty)
    }

    @Test(
      "23 moves between two nodes are there",
      .enabled(if: !Nodes.areOne, "this machine has one NUMA node"), arguments: plans)
    func twoNodes(_ plan: Plan) throws {
      let (rows, _, cpus) = try rows(plan, ["-p", "@"])
      #expect(rows.count == Self.number)
      for (turn, row) in rows.enumerated() {
        #expect(row["source_node"] == Nodes.node(of: cpus[turn % 2]))
        #expect(row["destination_node"] == Nodes.node(of: cpus[(turn + 1) % 2]))
        #expect(row["source_node"] != row["destination_node"] as Int?)
      }
    }

    @Test("filters let the moves through, or keep them out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], Int)] = [
        (["-t", "@"], Self.number), (["-c", "workload", "-p", "@"], Self.number),
        (["-p", "1"], 0), (["-t", "1"], 0), (["-c", "workloads"], 0),
        (["--uid", "65533"], 0),
      ]
      for (options, expected) in cases {
        let (rows, pid, _) = try rows(plan, ["--cpus"] + options)
        #expect(rows.count { $0["pid"] == pid } == expected, "\(options)")
      }
    }

    @Test("a process moves not from where another with its number ran", arguments: plans)
    func reuse(_ plan: Plan) throws {
      #expect(try rows(plan, ["--cpus", "-c", "reused"], reuse: true).rows.isEmpty)
    }

    @Test("the table has the columns of bcc, and the CPUs with --cpus")
    func table() throws {
      let plan = try #require(Self.plans.first)
      func lines(_ options: [String]) throws -> [Substring] {
        let workload = try Workload("moves", "\(Self.number)")
        let run = try TracedRun(
          "numasched", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        return try run.stop().lines
      }
      #expect(try lines([]).first == "TIME     PID    TID     SRC_NID DST_NID COMM")
      let cpus = try lines(["--cpus"])
      #expect(cpus.first == "TIME     PID    TID     SRC_NID DST_NID SRC_CPU DST_CPU COMM")
      #expect(cpus.count == 1 + Self.number)
    }
  }
}

/// The NUMA nodes of this machine.
private enum Nodes {
  private static let folder = "/sys/devices/system/node"

  private static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []

  /// A kernel without nodes has no folder.
  static let areOne = names.count { Int($0.dropFirst(4)) != nil && $0.hasPrefix("node") } < 2

  static func node(of cpu: Int) -> Int {
    let node = names.first { FileManager.default.fileExists(atPath: "\(folder)/\($0)/cpu\(cpu)") }
    return node.flatMap { Int($0.dropFirst(4)) } ?? 0
  }
}
