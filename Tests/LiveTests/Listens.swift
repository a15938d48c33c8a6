import Foundation
import Testing

extension Live {
  /// solisten shows where a process listens, and with which backlog.
  @Suite struct Listens {
    static let plans = Plan.offered("solisten")

    private func trace(
      _ plan: Plan, options: [String] = ["-p", "@"], _ workload: [String]
    ) throws -> (rows: [Row], outcomes: [[Int]], netns: Int) {
      let workload = try Workload(["listens"] + workload)
      let netns = try #require(workload.announcement.split(separator: " ").last.flatMap { Int($0) })
      let (rows, outcomes) = try plan.rows(
        of: workload, options, naming: ["@netns": "\(netns)"])
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
      return (rows, outcomes, netns)
    }

    @Test("23 listens are shown with backlog, port and address", arguments: plans, Binds.families)
    func each(_ plan: Plan, _ family: (name: String, ip: Int, address: String)) throws {
      let (rows, outcomes, netns) = try trace(plan, ["23", family.name, "17"])
      #expect(rows.count == 23)
      #expect(rows.map { $0["port"] } == outcomes.map { $0[0] })
      for row in rows {
        #expect(row["ret"] == 0 && row["err"] == 0 && row.values["error"] is NSNull)
        #expect(row["addr"] == family.address && row["ip"] == family.ip, "\(row.values)")
        #expect(row["proto"] == "TCPv\(family.ip)" && row["netns"] == netns)
        #expect(row["backlog"] == 17 && row["limit"] == 17)
      }
    }

    @Test("a backlog that the kernel clamps is shown as it was and as it is", arguments: plans)
    func clamped(_ plan: Plan) throws {
      let setting = try String(contentsOfFile: "/proc/sys/net/core/somaxconn", encoding: .utf8)
      let most = try #require(Int(setting.trimmingCharacters(in: .whitespacesAndNewlines)))
      for backlog in [1_000_000, -1, 0] {
        let (rows, _, _) = try trace(plan, ["23", "4", "\(backlog)"])
        #expect(rows.count == 23)
        #expect(rows.allSatisfy { $0["backlog"] == backlog }, "\(backlog)")
        #expect(rows.allSatisfy { $0["limit"] == (backlog == 0 ? 0 : most) }, "\(backlog)")
      }
    }

    @Test("a listen that fails is shown with its errno and the port", arguments: plans)
    func failures(_ plan: Plan) throws {
      let (rows, outcomes, _) = try trace(plan, ["23", "4", "17", "3"])
      #expect(rows.count == 26)
      #expect(rows.map { $0["port"] } == outcomes.map { $0[0] })
      #expect(rows.map { $0["err"] } == outcomes.map { $0[1] })
      for row in rows.suffix(3) {
        #expect(row["ret"] == -1 && row["err"] == Int(EADDRINUSE) && row["backlog"] == 17)
        #expect(row["error"] == "EADDRINUSE" && row.values["limit"] is NSNull, "\(row.values)")
      }
    }

    @Test("sockets of Multipath TCP are shown with their backlog", arguments: plans)
    func multipath(_ plan: Plan) throws {
      let setting = try? String(contentsOfFile: "/proc/sys/net/mptcp/enabled", encoding: .utf8)
      guard setting?.hasPrefix("1") == true else { return }
      let (rows, outcomes, _) = try trace(plan, ["--mptcp", "23", "4", "17"])
      #expect(rows.count == 23)
      #expect(rows.map { $0["port"] } == outcomes.map { $0[0] })
      #expect(
        rows.allSatisfy { $0["proto"] == "MPTCPv4" && $0["backlog"] == 17 && $0["limit"] == 17 })
    }

    @Test("calls on other files and other sockets are not shown", arguments: plans)
    func others(_ plan: Plan) throws {
      #expect(try trace(plan, ["23", "unix", "17"]).rows.isEmpty)
      let (rows, _, _) = try trace(plan, ["--strange", "23", "4", "17"])
      #expect(rows.count == 23 && rows.allSatisfy { $0["err"] == 0 })
    }

    @Test("filters let through what they name, and nothing else", arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["-4"], ["-N", "@netns"]] {
        let workload = ["--netns", "23", "4", "17"]
        #expect(
          try trace(plan, options: options + ["-p", "@"], workload).rows.count == 23, "\(options)")
      }
      for options in [["-6"], ["-N", "1"], ["--comm", "work"], ["--uid", "65533"]] {
        #expect(try trace(plan, options: options + ["-p", "@"], ["23", "4", "17"]).rows.isEmpty)
      }
      #expect(try trace(plan, options: ["-p", "1"], ["23", "4", "17"]).rows.isEmpty)
    }

    @Test("the table has the columns of libbpf-tools, and then the limit")
    func table() throws {
      let columns = ["PID", "COMM", "RET", "BACKLOG", "PROTO", "PORT", "ADDR"]
      for (options, expected) in [
        ([], columns + ["LIMIT"]), (["-t"], ["TIME"] + columns + ["LIMIT"]),
        (["--show-netns"], columns + ["NETNS", "LIMIT"]),
      ] {
        let workload = try Workload("listens", "23", "4", "17", "3")
        let run = try TracedRun("solisten", options + ["-p", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 27)
        #expect(lines.dropFirst().prefix(23).allSatisfy { $0.contains(" 0   17      TCPv4 ") })
        #expect(lines.suffix(3).allSatisfy { $0.contains(" -98 17      TCPv4 ") })
      }
    }
  }
}
