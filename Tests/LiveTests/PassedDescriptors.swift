import Foundation
import Testing

extension Live {
  /// sofdsnoop shows the descriptors that a process sends and receives.
  @Suite struct PassedDescriptors {
    static let plans = Plan.offered("sofdsnoop")
    static let four = ["1", "5", "7", "10"]

    private struct Trace {
      let rows: [Row]
      /// 0 for what was sent or 1 for what was received, and the descriptor.
      let passed: [[Int]]
      let sockets: [Int], inodes: [Int]
      let summary: Row

      var sent: [Row] { rows.filter { $0["action"] == "send" } }
      var received: [Row] { rows.filter { $0["action"] == "recv" } }
    }

    private func trace(
      _ plan: Plan, options: [String] = ["-p", "@"], _ arguments: [String]
    ) throws -> Trace {
      let workload = try Workload(["rights"] + arguments)
      let said = workload.announcement.split(separator: " ").compactMap { Int($0) }
      let run = try plan.run(options.map { $0 == "@" ? "\(workload.pid)" : $0 })
      let passed = try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      let rows = try result.rows()
      #expect(
        rows.allSatisfy {
          $0["pid"] == workload.pid && $0["tid"] == workload.pid && $0["comm"] == "workload"
        })
      return Trace(
        rows: rows, passed: passed, sockets: Array(said[1...2]), inodes: Array(said[3...4]),
        summary: try result.summary())
    }

    private func expectAll(_ trace: Trace, count: Int = 23) {
      let (rows, passed) = (trace.rows, trace.passed)
      #expect(trace.sent.count == count && trace.received.count == count)
      #expect(rows.map { $0["action"] } == passed.map { $0[0] == 0 ? "send" : "recv" })
      #expect(rows.map { $0["fd"] } == passed.map { $0[1] })
      #expect(trace.summary["seen"] == rows.count && trace.summary["lost"] == 0)
      for row in rows {
        let end = row["action"] == "send" ? 0 : 1
        #expect(row["socket"] == trace.sockets[end], "\(row.values)")
        #expect(row["socket_inode"] == trace.inodes[end])
      }
    }

    @Test("23 descriptors in 4 messages are shown at both ends", arguments: plans)
    func each(_ plan: Plan) throws {
      for (options, calls) in [
        ([], ["sendmsg", "recvmsg"]), (["--many"], ["sendmmsg", "recvmmsg"]),
      ] {
        let trace = try trace(plan, options + ["1", "/etc/passwd"] + Self.four)
        expectAll(trace)
        for row in trace.rows {
          #expect(row["name"] == "/etc/passwd" && row.bool("deleted") == false, "\(row.values)")
          #expect(row["call"] == calls[row["action"] == "send" ? 0 : 1])
          #expect(row.bool("peek") == false && row.number("inode") > 0)
        }
      }
    }

    @Test("as many as a message can have are shown", arguments: plans)
    func most(_ plan: Plan) throws {
      expectAll(try trace(plan, ["1", "/etc/passwd", "253"]), count: 253)
    }

    @Test("files without a path are named as in proc", arguments: plans)
    func names(_ plan: Plan) throws {
      for file in ["pipe", "socket", "eventfd", "memfd", "deleted"] {
        let trace = try trace(plan, ["1", file] + Self.four)
        expectAll(trace)
        for row in trace.rows {
          let name: String? = row["name"], inode: Int? = row["inode"]
          switch file {
          case "pipe", "socket": #expect(name == "\(file):[\(inode ?? 0)]")
          case "eventfd": #expect(name == "anon_inode:[eventfd]")
          case "memfd": #expect(name == "/memfd:a name")
          default: #expect(name?.hasPrefix("/tmp/workload-") == true, "\(name ?? "")")
          }
          #expect(row.bool("deleted") == (file == "deleted"))
        }
      }
    }

    @Test("descriptors after other control messages are shown", arguments: plans)
    func mixed(_ plan: Plan) throws {
      expectAll(try trace(plan, ["--mixed", "--empty", "17", "1", "/etc/passwd"] + Self.four))
    }

    @Test("a message that is looked at passes its descriptors too", arguments: plans)
    func peeks(_ plan: Plan) throws {
      let trace = try trace(plan, ["--peek", "1", "/etc/passwd"] + Self.four)
      #expect(trace.sent.count == 23 && trace.received.count == 46)
      #expect(trace.rows.map { $0["fd"] } == trace.passed.map { $0[1] })
      #expect(trace.received.count { $0.bool("peek") == true } == 23)
      #expect(trace.sent.allSatisfy { $0.bool("peek") == false })
    }

    @Test("what the receiver has no room for is not shown as received", arguments: plans)
    func room(_ plan: Plan) throws {
      let trace = try trace(plan, ["--room", "4", "1", "/etc/passwd"] + Self.four)
      #expect(trace.sent.count == 23 && trace.received.count == 13)
      #expect(trace.rows.map { $0["fd"] } == trace.passed.map { $0[1] })
    }

    @Test(
      "a message that is not sent, or over a socket that passes none, is not shown",
      arguments: plans)
    func nothing(_ plan: Plan) throws {
      for option in ["--broken", "--udp"] {
        let trace = try trace(plan, [option, "1", "/etc/passwd"] + Self.four)
        #expect(trace.rows.isEmpty && trace.summary["seen"] == 0, "\(option)")
      }
    }

    @Test("what is beyond the control messages that are read is counted as lost", arguments: plans)
    func beyond(_ plan: Plan) throws {
      let trace = try trace(plan, ["--empty", "300", "1", "/etc/passwd"] + Self.four)
      #expect(trace.sent.isEmpty && trace.received.count == 23)
      #expect(trace.summary["seen"] == 27 && trace.summary["lost"] == 4)
    }

    @Test("other tasks are kept out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["-n", "orkl", "-p", "@"], ["-t", "@"]] {
        expectAll(try trace(plan, options: options, ["1", "/etc/passwd"] + Self.four))
      }
      for options in [
        ["--comm", "work"], ["-p", "1"], ["-t", "1"], ["--uid", "65533", "-p", "@"],
      ] {
        let trace = try trace(plan, options: options, ["1", "/etc/passwd"] + Self.four)
        #expect(trace.rows.isEmpty, "\(options)")
      }
    }

    @Test("the table has the columns of bcc")
    func table() throws {
      for (options, expected) in [
        ([], ["ACTION", "TID", "COMM", "SOCKET", "FD", "NAME"]),
        (["-T"], ["TIME(s)", "ACTION", "TID", "COMM", "SOCKET", "FD", "NAME"]),
      ] {
        let workload = try Workload(["rights", "1", "/etc/passwd"] + Self.four)
        let said = workload.announcement.split(separator: " ").compactMap { Int($0) }
        let run = try TracedRun("sofdsnoop", options + ["-p", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 47 && lines.dropFirst().allSatisfy { $0.hasSuffix(" /etc/passwd") })
        for (action, end) in [("SEND", 0), ("RECV", 1)] {
          let socket = " \(said[1 + end]):socket:[\(said[3 + end])] "
          #expect(lines.count { $0.contains("\(action) ") && $0.contains(socket) } == 23)
        }
      }
    }
  }
}
