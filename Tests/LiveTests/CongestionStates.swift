import Foundation
import Testing

extension Live {
  /// tcpcong shows how long each of 23 connections is in the state of loss, in a network
  /// namespace of its own.
  @Suite struct CongestionStates {
    static let plans = Plan.offered("tcpcong")
    /// How long each is at least, in microseconds.
    private static let least = 300_000

    private struct Scene {
      let rows: [Row]
      let ports: Set<Int>
      let server: Int

      func sum(_ key: String) -> Int { rows.reduce(0) { $0 + ($1[key] ?? 0) } }
    }

    /// - Parameter options: `@netns` stands for the namespace, `@server` for the port of the
    ///   server, `@pid` for the process.
    private func trace(
      _ plan: Plan, _ options: [String], family: String = "4", milliseconds: Int = 300
    ) throws -> Scene {
      let workload = try Workload("congestions", "23", family, "\(milliseconds)")
      let known = workload.announcement.split(separator: " ").map(String.init)
      try #require(known.count == 2)
      let named = options.map { option in
        ["@netns": known[0], "@server": known[1], "@pid": "\(workload.pid)"][option]
          ?? option.replacingOccurrences(of: "@server", with: known[1])
      }
      let network = try workload.network()
      let run = try plan.run(named + ["--netns", known[0]])
      let ports = try workload.run().compactMap(\.first)
      let result = try run.stop()
      try network.close()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let summary = try result.summary()
      #expect(summary["seen"] == summary["shown"] as Int? && summary["lost"] == 0)
      return Scene(rows: try result.rows(), ports: Set(ports), server: Int(known[1]) ?? 0)
    }

    @Test(
      "23 connections leave the open state and come back", arguments: plans, ["4", "6", "mapped"])
    func exact(_ plan: Plan, _ family: String) throws {
      let scene = try trace(plan, [], family: family)
      #expect(scene.rows.count == 23 && Set(scene.rows.compactMap { $0["lport"] }) == scene.ports)
      let address = family == "6" ? "::1" : "127.0.0.1"
      for row in scene.rows {
        #expect(row["changes"] == 2 && row["rport"] == scene.server, "\(row.values)")
        #expect(row["loss_us"] ?? 0 >= Self.least)
        #expect(row["disorder_us"] == 0 && row["recovery_us"] == 0 && row["cwr_us"] == 0)
        #expect(row["laddr"] == address && row["raddr"] == address)
        #expect(row["ip"] == (family == "6" ? 6 : 4))
      }
      let ports = scene.rows.compactMap { $0["lport"] as Int? }
      #expect(ports == ports.sorted())
    }

    @Test(
      "a state that goes on is in each interval, and nothing is counted twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      // An emulated machine may make an interval longer than it is asked for.
      let scene = try trace(plan, ["0.1"], milliseconds: Patience.isEmulated ? 3000 : 300)
      #expect(scene.sum("changes") == 46)
      for port in scene.ports {
        let rows = scene.rows.filter { $0["lport"] == port }
        let still = rows.filter { $0["changes"] == 0 && $0["loss_us"] ?? 0 > 0 }
        #expect(!still.isEmpty, "\(rows.map(\.values))")
        #expect(rows.reduce(0) { $0 + ($1["loss_us"] ?? 0) } >= Self.least)
      }
    }

    @Test("filters let their connections pass and keep others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], String, Bool)] = [
        (["-R", "@server"], "4", true), (["-L", "@server"], "4", false),
        (["-R", "@server-65535"], "6", true), (["-R", "1-2"], "4", false),
        (["-L", "1024-65535"], "4", true), (["-4"], "6", false), (["-4"], "mapped", true),
        (["-6"], "6", true), (["-6"], "4", false), (["--pid", "@pid"], "4", true),
        (["--pid", "1"], "4", false), (["--comm", "loadwork"], "4", false),
      ]
      for (options, family, isCounted) in cases {
        let scene = try trace(plan, options, family: family)
        #expect(scene.rows.count == (isCounted ? 23 : 0), "\(options) \(family)")
      }
    }

    @Test("-d puts each duration under its state", arguments: Plan.offered("tcpcong", "-d"))
    func distributions(_ plan: Plan) throws {
      for (options, unit, least) in [([], "msecs", 300), (["-u"], "usecs", Self.least)] {
        let rows = try trace(plan, options).rows.filter { $0["state"] == "loss" }
        let row = try #require(rows.first)
        #expect(rows.count == 1 && row["count"] == 23 && row["unit"] == unit)
        #expect(row["min"] ?? 0 >= least)
      }
    }

    @Test("the table has the columns of bcc, in the unit that is asked for")
    func table() throws {
      guard let plan = Self.plans.first else { return }
      for (options, unit, least) in [([], "ms", 300), (["-u"], "us", Self.least)] {
        for (family, suffix, address) in [("4", "", "127.0.0.1"), ("6", "6", "::1")] {
          let workload = try Workload("congestions", "23", family)
          let known = workload.announcement.split(separator: " ")
          let network = try workload.network()
          let run = try TracedRun(
            "tcpcong", options + ["--netns", "\(known[0])"], plan: plan.hooks)
          try workload.run()
          let lines = try run.stop().lines.map { $0.split(separator: " ") }
          try network.close()
          #expect(
            lines.first?.map(String.init) == [
              "LAddrPort" + suffix, "RAddrPort" + suffix, "Open_" + unit, "Dod_" + unit,
              "Rcov_" + unit, "Cwr_" + unit, "Los_" + unit, "Chgs",
            ])
          let rows = lines.dropFirst()
          #expect(rows.count == 23)
          #expect(
            rows.allSatisfy {
              $0.count == 8 && $0[1] == "\(address)/\(known[1])" && Int($0[6]) ?? 0 >= least
            })
        }
      }
    }
  }
}
