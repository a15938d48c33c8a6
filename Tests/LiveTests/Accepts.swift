import Foundation
import Testing
import TraceKit

extension Live {
  /// tcpaccept shows the connections that a process accepts, each once.
  @Suite struct Accepts {
    static let plans = Plan.offered("tcpaccept")

    private struct Scene {
      let rows: [Row]
      let pid: Int
      let port: Int
      let peers: [Int]
    }

    /// Runs 23 accepts; in an option `@port` stands for theirs, `@pid` for the process.
    private func trace(
      _ plan: Plan, _ workload: [String], _ family: String = "4",
      options: [String] = ["-p", "@pid"], environment: [String] = []
    ) throws -> Scene {
      let workload = try Workload(
        ["accepts"] + workload + ["23", family], environment: environment)
      let port = try #require(Int(workload.announcement))
      let run = try plan.run(
        options.map { option in
          option.replacingOccurrences(of: "@port", with: "\(port)")
            .replacingOccurrences(of: "@pid", with: "\(workload.pid)")
        })
      let outcomes = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return Scene(
        rows: try result.rows(), pid: workload.pid, port: port, peers: outcomes.map { $0[0] })
    }

    private func expectAll(_ scene: Scene, ip: Int = 4, address: String = "127.0.0.1") {
      #expect(scene.peers.count == 23)
      #expect(scene.rows.map { $0["rport"] } == scene.peers)
      for row in scene.rows {
        #expect(row["ip"] == ip && row["raddr"] == address && row["laddr"] == address, "\(row)")
        #expect(row["lport"] == scene.port)
        #expect(row["pid"] == scene.pid && row["comm"] == "workload" && row["uid"] == 0)
      }
    }

    static let families = [
      ("4", 4, "127.0.0.1"), ("6", 6, "::1"), ("mapped", 4, "127.0.0.1"),
    ]

    @Test("23 connections are shown with both ends", arguments: plans, families)
    func plain(_ plan: Plan, _ family: (String, Int, String)) throws {
      expectAll(try trace(plan, [], family.0), ip: family.1, address: family.2)
    }

    @Test(
      "other ways to accept are shown, and calls that accept nothing are not",
      arguments: plans, ["--accept4", "--nonblocking", "--reset"])
    func ways(_ plan: Plan, _ way: String) throws {
      expectAll(try trace(plan, [way]))
    }

    /// Whether the completion of a request says which it is.
    static let namesRequests: Bool = {
      let format = KernelFeatures.tracefs.flatMap {
        File.contents(of: $0 + "/events/io_uring/io_uring_complete/format")
      }
      return format?.contains(" req;") == true
    }()

    @Test(
      "requests of io_uring are shown",
      .enabled(if: namesRequests, "the kernel does not name completed requests"),
      arguments: plans, ["--request", "--multishot"])
    func requests(_ plan: Plan, _ way: String) throws {
      expectAll(try trace(plan, [way]))
    }

    private static let hasMPTCP: Bool = {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 262)
      if descriptor >= 0 { close(descriptor) }
      return descriptor >= 0
    }()

    @Test(
      "connections of MPTCP are shown", .enabled(if: hasMPTCP, "the kernel has no MPTCP"),
      arguments: plans)
    func multipath(_ plan: Plan) throws {
      expectAll(try trace(plan, ["--mptcp"]))
    }

    @Test("connections of other families are not shown", arguments: plans)
    func local(_ plan: Plan) throws {
      #expect(try trace(plan, [], "unix").rows.isEmpty)
    }

    @Test("the time in the queue is that from the handshake to accept()", arguments: plans)
    func waiting(_ plan: Plan) throws {
      let scene = try trace(plan, ["--hold", "20"])
      #expect(scene.rows.count == 23)
      #expect(scene.rows.allSatisfy { $0.number("waited_ms") >= 20 }, "\(scene.rows)")
    }

    @Test("one that waited before the start is shown, without the time", arguments: plans)
    func early(_ plan: Plan) throws {
      let scene = try trace(plan, ["--early"])
      expectAll(scene)
      #expect(scene.rows.allSatisfy { $0.values["waited_ms"] is NSNull })
    }

    @Test("each filter lets its connections pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Int)] = [
        (["-4"], "4", 23), (["-4"], "6", 0), (["-4"], "mapped", 23),
        (["-6"], "6", 23), (["-6"], "4", 0),
        (["-P", "@port"], "4", 23), (["-P", "9,@port"], "6", 23), (["-P", "9,11"], "4", 0),
        (["-p", "1,@pid"], "4", 23), (["-p", "1"], "4", 0),
        (["-N", "/proc/@pid/ns/net"], "4", 23), (["--netns", "7"], "4", 0),
        (["--comm", "workload"], "4", 23), (["--uid", "65534"], "4", 0),
      ]
      for (options, family, expected) in cases {
        let scene = try trace(plan, [], family, options: ["-p", "@pid"] + options)
        #expect(scene.rows.count == expected, "\(options) \(family)")
      }
    }

    @Test("--cgroup shows a group's connections and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("accepts"), other = try ControlGroup("others")
      for (home, expected) in [(group, 23), (other, 0)] {
        let scene = try trace(
          plan, [], options: ["--cgroup", group.path], environment: ["--cgroup", home.path])
        #expect(scene.rows.count == expected)
      }
    }

    @Test("the table has the columns of bcc, and -T and -t theirs", arguments: plans)
    func table(_ plan: Plan) throws {
      let columns = ["PID", "COMM", "IP", "RADDR", "RPORT", "LADDR", "LPORT"]
      for (options, first) in [([], []), (["-T"], ["TIME"]), (["-t"], ["TIME(s)"])] {
        let workload = try Workload("accepts", "23", "4")
        let run = try TracedRun(
          "tcpaccept", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        let peers = try workload.run().map { "\($0[0])" }
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == first + columns)
        let rows = peers.map { peer in
          [
            "\(workload.pid)", "workload", "4", "127.0.0.1", peer, "127.0.0.1",
            workload.announcement,
          ]
        }
        #expect(lines.dropFirst().map { Array($0.suffix(7)) } == rows)
      }
    }
  }
}
