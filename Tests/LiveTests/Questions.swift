import Foundation
import Testing

extension Live {
  /// dnssnoop shows each question and its answer, from a server of the workload's own.
  @Suite struct Questions {
    /// The first one that works: ``Live/Plans`` runs them all.
    static let plans = Plan.offered("dnssnoop").prefix(1)

    private func trace(
      _ plan: Plan, _ kind: String, _ family: String = "4", _ options: [String] = []
    ) throws -> (rows: [Row], pid: Int, port: Int) {
      let workload = try Workload("questions", "23", family, kind)
      let port = Int(workload.announcement) ?? 0
      let result = try plan.trace(
        workload, ["--port", "@port"] + options,
        naming: ["@port": "\(port)", "@pid": "\(workload.pid)"])
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload.pid, port)
    }

    @Test(
      "23 questions have name, type, code, answers, server and process",
      arguments: plans, [("udp", "4"), ("udp", "6"), ("tcp", "4")])
    func exact(_ plan: Plan, _ kind: (String, String)) throws {
      let (rows, pid, port) = try trace(plan, kind.0, kind.1)
      #expect(rows.count == 23)
      for (index, row) in rows.enumerated() {
        #expect(row["name"] == "\(index + 1).a.example" && row["query_type"] == "A")
        #expect(row["code"] == "NOERROR" && row["kind"] == "response")
        #expect(row.texts("answers") == ["web.example", "192.0.2.1"], "\(row.values)")
        #expect(row["server"] == (kind.1 == "4" ? "127.0.0.1" : "::1") && row["port"] == port)
        #expect(row["transport"] == kind.0 && row.number("latency_ms") > 0)
        // What TCP sends may be sent by an interrupt.
        let known: Int? = kind.0 == "udp" ? pid : nil
        #expect(row["pid"] == known)
        #expect((row.values["comm"] is NSNull) == (known == nil))
      }
    }

    @Test("a late answer has its latency, and -m shows those alone", arguments: plans)
    func late(_ plan: Plan) throws {
      let rows = try trace(plan, "late", "4", ["-m", "20"]).rows
      #expect(rows.count == 23 && rows.allSatisfy { $0.number("latency_ms") >= 20 })
      #expect(try trace(plan, "udp", "4", ["-m", "5000"]).rows.isEmpty)
    }

    @Test("-x shows errors, and what makes no sense", arguments: plans)
    func failures(_ plan: Plan) throws {
      let missing = try trace(plan, "missing", "4", ["-x"]).rows
      #expect(missing.count == 23 && missing.allSatisfy { $0["code"] == "NXDOMAIN" })
      let spoilt = try trace(plan, "spoilt", "4", ["-x"]).rows
      #expect(spoilt.count == 23 && spoilt.allSatisfy { $0.values["name"] is NSNull })
      #expect(try trace(plan, "udp", "4", ["-x"]).rows.isEmpty)
    }

    @Test("-q shows questions without an answer, --served the server's side", arguments: plans)
    func sides(_ plan: Plan) throws {
      let silent = try trace(plan, "silent", "4", ["-q"]).rows
      #expect(silent.count == 23 && silent.allSatisfy { $0["kind"] == "query" })
      #expect(silent.allSatisfy { $0.values["latency_ms"] is NSNull })
      #expect(try trace(plan, "silent").rows.isEmpty)
      let both = try trace(plan, "udp", "4", ["-q", "--served"]).rows
      for kind in ["query", "asked", "answered", "response"] {
        #expect(both.count { $0["kind"] == kind } == 23, "\(kind)")
      }
      #expect(both.count == 4 * 23)
    }

    @Test("filters of process, namespace, family, name and type", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [(options: [String], count: Int)] = [
        (["--pid", "@pid"], 23), (["--pid", "1"], 0),
        (["--netns", "/proc/@pid/ns/net"], 23), (["--netns", "7"], 0),
        (["-4"], 23), (["-6"], 0),
        (["--domain", "A.Example."], 23), (["--domain", "7.a.example"], 1),
        (["--domain", "b.example"], 0),
        (["--type", "a"], 23), (["--type", "AAAA"], 0),
      ]
      for (options, count) in cases {
        let rows = try trace(plan, "udp", "4", options).rows
        #expect(rows.count == count, "\(options)")
      }
    }

    @Test("a container's questions are shown, though its network is its own", arguments: plans)
    func container(_ plan: Plan) throws {
      let id = Groups.id(), shown = String(id.prefix(12))
      let group = try ControlGroup(exactly: "docker-\(id).scope")
      let workload = try Workload(
        "questions", "23", "4", "udp", "53", environment: ["--cgroup", group.path])
      let network = try workload.network()
      defer { try? network.close() }
      let rows = try plan.trace(
        workload, ["--netns", "@netns", "--columns", "+container"],
        naming: ["@netns": "/proc/\(workload.pid)/ns/net"]
      ).rows()
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["container"] == shown }, "\(rows)")
    }

    @Test("the table has a line for each, and other ports are left alone", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("questions", "23", "4", "udp")
      let run = try TracedRun(
        "dnssnoop", ["--port", workload.announcement], plan: plan.hooks)
      let other = try TracedRun("dnssnoop", ["--json"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.first?.split(separator: " ").map(String.init) == [
          "TIME", "PID", "COMM", "SERVER", "TYPE", "CODE", "LAT(ms)", "NAME", "ANSWERS",
        ])
      #expect(lines.count == 24)
      #expect(lines.last?.hasSuffix(" 23.a.example             web.example 192.0.2.1") == true)
      #expect(try other.stop().rows().allSatisfy { $0["port"] == 53 })
    }
  }
}
