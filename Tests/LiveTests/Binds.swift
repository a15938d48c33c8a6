import Foundation
import Testing

extension Live {
  /// bindsnoop shows the binds of a process, and solisten where it listens.
  @Suite struct Binds {
    static let plans = Plan.offered("bindsnoop")

    private struct Trace {
      let rows: [Row]
      /// The port and the errno of each call.
      let outcomes: [[Int]]
      let pid, netns: Int
    }

    /// In an option `@` stands for the process, `@netns` for its network namespace.
    private func trace(
      _ plan: Plan, options: [String] = ["-p", "@"], _ workload: [String]
    ) throws -> Trace {
      let workload = try Workload(["binds"] + workload)
      let netns = try #require(workload.announcement.split(separator: " ").last.flatMap { Int($0) })
      let (rows, outcomes) = try plan.rows(
        of: workload, options, naming: ["@netns": "\(netns)"])
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
      return Trace(rows: rows, outcomes: outcomes, pid: workload.pid, netns: netns)
    }

    static let families = [
      ("4", 4, "127.0.0.1"), ("6", 6, "::1"), ("mapped", 4, "127.0.0.1"),
    ]

    @Test("23 binds are shown with the ports that the kernel chose", arguments: plans, families)
    func each(_ plan: Plan, _ family: (name: String, ip: Int, address: String)) throws {
      for (options, proto) in [([], "TCP"), (["--udp"], "UDP")] {
        let trace = try trace(plan, options + ["23", family.name])
        #expect(trace.rows.count == 23)
        #expect(trace.rows.map { $0["port"] } == trace.outcomes.map { $0[0] })
        for row in trace.rows {
          #expect(row["ret"] == 0 && row["err"] == 0 && row.values["error"] is NSNull)
          #expect(row["addr"] == family.address && row["ip"] == family.ip, "\(row.values)")
          #expect(row["proto"] == proto && row["opts"] == "....." && row["interface"] == 0)
          #expect(row["netns"] == trace.netns)
        }
      }
    }

    @Test("a bind that fails is shown on request, with the port of the call", arguments: plans)
    func failures(_ plan: Plan) throws {
      for options in [["-x"], ["--failed"], ["-E"]] {
        let trace = try trace(plan, options: options + ["-p", "@"], ["23", "4", "3"])
        #expect(trace.rows.count == 26)
        #expect(trace.rows.map { $0["port"] } == trace.outcomes.map { $0[0] })
        #expect(trace.rows.map { $0["err"] } == trace.outcomes.map { $0[1] })
        for row in trace.rows.suffix(3) {
          #expect(row["ret"] == -1 && row["err"] == Int(EADDRINUSE), "\(row.values)")
          #expect(row["error"] == "EADDRINUSE" && row["addr"] == "127.0.0.1")
          #expect(row.number("port") > 0)
        }
      }
      #expect(try trace(plan, ["23", "4", "3"]).rows.count == 23)
    }

    @Test("the options of the socket are shown", arguments: plans)
    func options(_ plan: Plan) throws {
      for (options, letters) in [
        (["--freebind"], "F...."), (["--transparent"], ".T..."), (["--reuseaddr"], "...R."),
        (["--reuseport"], "....r"), (["--freebind", "--reuseaddr", "--reuseport"], "F..Rr"),
      ] {
        let trace = try trace(plan, options + ["23", "4"])
        #expect(trace.rows.count == 23)
        #expect(trace.rows.allSatisfy { $0["opts"] == letters }, "\(options)")
      }
      // Such a bind takes no port.
      let trace = try trace(plan, ["--no-port", "23", "4"])
      #expect(trace.rows.count == 23)
      #expect(trace.rows.allSatisfy { $0["opts"] == "..N.." && $0["port"] == 0 })
    }

    @Test("the device and other protocols are shown", arguments: plans)
    func devices(_ plan: Plan) throws {
      let bound = try trace(plan, ["--netns", "--device", "lo", "23", "4"])
      #expect(bound.rows.count == 23 && bound.rows.allSatisfy { $0["interface"] == 1 })
      let raw = try trace(plan, ["--raw", "23", "4"])
      #expect(raw.rows.count == 23)
      #expect(raw.rows.allSatisfy { $0["proto"] == "ICMP" && $0["port"] == 0 })
    }

    @Test("calls on other files and other sockets are not shown", arguments: plans)
    func others(_ plan: Plan) throws {
      #expect(try trace(plan, options: ["-x", "-p", "@"], ["23", "unix"]).rows.isEmpty)
      let strange = try trace(plan, options: ["-x", "-p", "@"], ["--strange", "23", "4"])
      #expect(strange.rows.count == 23 && strange.rows.allSatisfy { $0["err"] == 0 })
    }

    @Test("filters let through what they name, and nothing else", arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["-4"], ["-N", "@netns"], ["--comm", "workload", "-N", "@netns"]] {
        let workload = ["--netns", "23", "4"]
        #expect(
          try trace(plan, options: options + ["-p", "@"], workload).rows.count == 23, "\(options)")
      }
      for options in [
        ["-6"], ["-N", "1"], ["-P", "1,2"], ["--comm", "work"], ["-u", "65533"],
      ] {
        #expect(try trace(plan, options: options + ["-p", "@"], ["23", "4"]).rows.isEmpty)
      }
      #expect(try trace(plan, options: ["-p", "1"], ["23", "4"]).rows.isEmpty)
    }

    @Test("-P selects the ports of calls that succeed and of those that fail", arguments: plans)
    func ports(_ plan: Plan) throws {
      for workload in [["23", "4"], ["0", "4", "23"]] {
        for (option, number) in [("80,8080", 23), ("80,81", 0)] {
          let trace = try trace(
            plan, options: ["-x", "-P", option, "-p", "@"],
            ["--netns", "--port", "8080"] + workload)
          #expect(trace.rows.count == number, "\(workload) \(option)")
          #expect(trace.rows.allSatisfy { $0["port"] == 8080 && $0["addr"] == "127.0.0.1" })
        }
      }
    }

    @Test("the table has the columns of libbpf-tools, and minus the errno")
    func table() throws {
      for (options, expected) in [
        (["-x"], ["PID", "COMM", "RET", "PROTO", "OPTS", "IF", "PORT", "ADDR"]),
        (
          ["-x", "-t", "-U"],
          ["TIME", "UID", "PID", "COMM", "RET", "PROTO", "OPTS", "IF", "PORT", "ADDR"]
        ),
      ] {
        let workload = try Workload("binds", "23", "4", "3")
        let run = try TracedRun("bindsnoop", options + ["-p", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 27)
        #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(" 127.0.0.1") && $0.utf8.count <= 80 })
        #expect(lines.suffix(3).allSatisfy { $0.contains(" -98 TCP ") })
      }
    }
  }
}
