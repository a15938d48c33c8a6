import Foundation
import Testing
import TraceKit

extension Live {
  /// tcpdrop shows each packet that a workload has the kernel drop, in a network namespace
  /// of its own. Its number is given to another namespace as soon as the workload has ended.
  @Suite(.alone) struct Drops {
    static let plans = Plan.offered("tcpdrop").filter {
      $0.hooks != "fentry" && $0.hooks != "kprobe"
    }
    static let families = [("4", 4, "127.0.0.1"), ("6", 6, "::1")]

    private struct Scene {
      let rows: [Row]
      let pid: Int
      let port: Int
      let netns: Int
    }

    private func trace(
      _ plan: Plan, _ kind: String, _ family: String = "4",
      options: [String] = ["--pid-netns", "@pid"]
    ) throws -> Scene {
      let workload = try Workload("drops", "23", family, kind)
      let known = workload.announcement.split(separator: " ").compactMap { Int($0) }
      try #require(known.count == 2)
      let rows = try plan.rows(
        of: workload, options, naming: ["@pid": "\(workload.pid)", "@netns": "\(known[1])"]
      ).rows
      return Scene(rows: rows, pid: workload.pid, port: known[0], netns: known[1])
    }

    /// The number of a reason, as the tracepoint's own description has it.
    private static func code(_ reason: String) -> Int? {
      guard let tracefs = KernelFeatures.tracefs,
        let format = File.contents(of: tracefs + "/events/skb/kfree_skb/format")
      else { return nil }
      return format.split(separator: "{").compactMap { entry -> Int? in
        let parts = entry.split(separator: ",")
        guard parts.count > 1, parts[1].hasPrefix(" \"\(reason)\"") else { return nil }
        return Int(parts[0].filter { $0.isNumber })
      }.first
    }

    /// Whether the tracepoint passes the socket that would have received a packet.
    private static let passesReceiver: Bool = {
      let format = KernelFeatures.tracefs.flatMap {
        File.contents(of: $0 + "/events/skb/kfree_skb/format")
      }
      return format?.contains("rx_sk") == true
    }()

    private func expectTask(_ row: Row, _ pid: Int?) {
      #expect(row["pid"] == pid, "\(row.values)")
      #expect((row.values["comm"] is NSNull) == (pid == nil))
    }

    @Test("23 SYNs to a closed port are drops without a socket", arguments: plans, families)
    func refused(_ plan: Plan, _ family: (String, Int, String)) throws {
      let scene = try trace(plan, "refused", family.0)
      #expect(scene.rows.count == 23)
      let number = Self.code("NO_SOCKET")
      for row in scene.rows {
        #expect(row["reason"] == "NO_SOCKET" && row["flags"] == "SYN", "\(row.values)")
        #expect(number == nil || row["code"] == number)
        #expect(row["ip"] == family.1 && row["saddr"] == family.2 && row["daddr"] == family.2)
        #expect(row["dport"] == scene.port && row["netns"] == scene.netns)
        #expect(row.values["state"] is NSNull)
        expectTask(row, nil)
        #expect(!row.texts("kernel_stack").isEmpty)
      }
      #expect(Set(scene.rows.map { $0["sport"] ?? 0 }).count == 23)
    }

    @Test(
      "packets that a socket's filter drops have its state and its process",
      arguments: plans, families)
    func filtered(_ plan: Plan, _ family: (String, Int, String)) throws {
      let scene = try trace(plan, "filtered", family.0)
      #expect(scene.rows.count == 23)
      let number = Self.code("SOCKET_FILTER")
      for row in scene.rows {
        #expect(row["reason"] == "SOCKET_FILTER" && row["flags"] == "RST|ACK", "\(row.values)")
        #expect(number == nil || row["code"] == number)
        #expect(row["sport"] == scene.port && row["ip"] == family.1)
        #expect(row["state"] == (Self.passesReceiver ? "ESTABLISHED" : nil))
        expectTask(row, Self.passesReceiver ? scene.pid : nil)
      }
    }

    @Test("segments with a wrong checksum are dropped for that", arguments: plans)
    func broken(_ plan: Plan) throws {
      let rows = try trace(plan, "broken").rows
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["reason"] == "TCP_CSUM" && $0["flags"] == "ACK" })
      #expect(rows.allSatisfy { $0["sport"] == 9 && $0.values["state"] is NSNull })
    }

    @Test("segments that the protocol forbids have the socket's state", arguments: plans)
    func forbidden(_ plan: Plan) throws {
      let scene = try trace(plan, "flags")
      #expect(scene.rows.count == 23)
      for row in scene.rows {
        #expect(row["reason"] == "TCP_FLAGS" && row["flags"] == "PSH", "\(row.values)")
        #expect(row["dport"] == scene.port)
        #expect(row["state"] == (Self.passesReceiver ? "ESTABLISHED" : nil))
        expectTask(row, Self.passesReceiver ? scene.pid : nil)
      }
    }

    @Test("what is not TCP is not shown", arguments: plans, ["4", "6"])
    func datagrams(_ plan: Plan, _ family: String) throws {
      #expect(try trace(plan, "udp", family).rows.isEmpty)
    }

    @Test("filters of family, namespace and process", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [(options: [String], kind: String, family: String, count: Int)] = [
        (["-4", "--pid-netns", "@pid"], "refused", "4", 23),
        (["-6", "--pid-netns", "@pid"], "refused", "4", 0),
        (["-6", "--pid-netns", "@pid"], "refused", "6", 23),
        (["-4", "--pid-netns", "@pid"], "refused", "6", 0),
        (["--netns-id", "@netns"], "refused", "4", 23),
        (["--netns", "@netns"], "refused", "4", 23),
        (["--netns-id", "7"], "refused", "4", 0),
        (["--pid-netns", "\(getpid())"], "refused", "4", 0),
        // Nobody has a packet without a socket.
        (["--pid", "@pid"], "refused", "4", 0),
        (["--pid", "@pid"], "filtered", "4", Self.passesReceiver ? 23 : 0),
        (["--pid", "1"], "filtered", "4", 0),
      ]
      for (options, kind, family, count) in cases {
        let scene = try trace(plan, kind, family, options: options)
        #expect(scene.rows.count { $0["netns"] == scene.netns } == count, "\(options) \(kind)")
      }
    }

    @Test("it needs CAP_BPF and CAP_PERFMON only")
    func fewRights() throws {
      guard !Self.plans.isEmpty else { return }
      let workload = try Workload("drops", "23", "4", "flags")
      let netns = workload.announcement.split(separator: " ").last.map(String.init) ?? ""
      let run = try TracedRun(
        "tcpdrop", ["--json", "--netns-id", netns], environment: Privilege.tracing)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(try result.rows().count { $0["flags"] == "PSH" } == 23)
    }

    @Test("the table has a line for each drop, with the stack below it")
    func table() throws {
      guard !Self.plans.isEmpty else { return }
      for (options, lines) in [(["--columns", "-kernel_stack"], 24), ([], 2 * 23)] {
        let workload = try Workload("drops", "23", "4", "refused")
        let run = try TracedRun("tcpdrop", options + ["--pid-netns", "\(workload.pid)"])
        try workload.run()
        let result = try run.stop()
        #expect(
          result.lines.first?.split(separator: " ").map(String.init) == [
            "TIME", "PID", "IP", "SADDR:SPORT", ">", "DADDR:DPORT", "STATE", "(FLAGS)", "REASON",
            "(CODE)",
          ])
        #expect(options.isEmpty ? result.lines.count > lines : result.lines.count == lines)
        let rows = result.lines.filter { $0.contains(" > 127.0.0.1:") }
        #expect(rows.count == 23)
        #expect(rows.allSatisfy { $0.contains(" (SYN) ") && $0.contains(" NO_SOCKET ") })
      }
    }
  }
}
