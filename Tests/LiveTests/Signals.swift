import Foundation
import Testing

extension Live {
  /// sigsnoop shows signals when the kernel makes them.
  @Suite struct Signals {
    static let plans = Plan.offered("sigsnoop")
    /// Each call with the si_code of its signals.
    static let calls = [
      ("kill", 0), ("tkill", -6), ("tgkill", -6), ("rt_sigqueueinfo", -1),
      ("rt_tgsigqueueinfo", -1), ("pidfd_send_signal", 0),
    ]

    struct Scene {
      let rows: [Row]
      /// What the workload printed.
      let outcomes: [Int]
      let pid: Int
      let target: Int
    }

    /// Traces a workload. `@` in an option stands for its process, `@target` for the target.
    static func trace(
      _ plan: Plan, options: [String] = ["-p", "@"], _ call: String, _ signal: Int32,
      _ target: String = "waits"
    ) throws -> Scene {
      let workload = try Workload(["signals", "23", call, "\(signal)", target])
      let said = workload.announcement.split(separator: " ")
      let (rows, outcomes) = try plan.rows(
        of: workload, options, naming: ["@target": "\(said[1])"])
      // Its own end is one, too.
      let others = rows.filter { $0["pid"] != workload.pid || $0["signal"] != Int(SIGCHLD) }
      return Scene(
        rows: others, outcomes: outcomes.compactMap(\.first), pid: workload.pid,
        target: Int(said[1]) ?? -1)
    }

    @Test("23 signals by each call are shown, with sender and target", arguments: plans)
    func each(_ plan: Plan) throws {
      for (call, code) in Self.calls {
        let scene = try Self.trace(plan, call, SIGUSR1)
        #expect(scene.rows.count == 23, "\(call)")
        for row in scene.rows {
          #expect(row["pid"] == scene.pid && row["comm"] == "workload")
          #expect(row["tpid"] == scene.target && row["ttid"] == scene.target)
          #expect(row["tcomm"] == "workload" && row["signal"] == Int(SIGUSR1))
          #expect(row["signal_name"] == "SIGUSR1" && row["code"] == code, "\(call)")
          #expect(row["result"] == 0 && row["outcome"] == "sent")
          #expect(row.values["call"] is NSNull)
        }
      }
    }

    @Test("a signal to a group is shown for its member", arguments: plans)
    func group(_ plan: Plan) throws {
      let scene = try Self.trace(plan, "kill", SIGHUP, "leads")
      #expect(scene.rows.count == 23)
      #expect(scene.rows.allSatisfy { $0["tpid"] == scene.target })
    }

    @Test("one that is ignored says so, and -x shows these alone", arguments: plans)
    func ignored(_ plan: Plan) throws {
      for options in [["-p", "@"], ["-x", "-p", "@"]] {
        let scene = try Self.trace(plan, options: options, "kill", SIGUSR1, "ignores")
        #expect(scene.rows.count == 23)
        #expect(scene.rows.allSatisfy { $0["result"] == 1 && $0["outcome"] == "ignored" })
      }
      #expect(try Self.trace(plan, options: ["-x", "-p", "@"], "kill", SIGUSR1).rows.isEmpty)
    }

    @Test("signal 0 and a target that is gone make no signal", arguments: plans)
    func none(_ plan: Plan) throws {
      #expect(try Self.trace(plan, "kill", 0).rows.isEmpty)
      let gone = try Self.trace(plan, "kill", SIGUSR1, "gone")
      #expect(gone.rows.isEmpty && gone.outcomes == Array(repeating: Int(ESRCH), count: 23))
    }

    @Test("a fault is the process's own, and its end a signal to its parent", arguments: plans)
    func faults(_ plan: Plan) throws {
      let scene = try Self.trace(plan, options: ["-p", "@", "--follow"], "fault", 0, "-")
      let faults = scene.rows.filter { $0["signal"] == Int(SIGSEGV) }
      #expect(faults.map { $0["pid"] } == scene.outcomes && faults.count == 23)
      #expect(faults.allSatisfy { $0["tpid"] as Int? == $0["pid"] && ($0["code"] ?? 0) > 0 })
      let ends = scene.rows.filter { $0["tpid"] == scene.pid }
      #expect(ends.map { $0["pid"] } == scene.outcomes)
      #expect(ends.allSatisfy { $0["signal"] == Int(SIGCHLD) })
    }

    @Test("nobody sends the signal of a timer", arguments: plans)
    func timers(_ plan: Plan) throws {
      for (call, signal, code) in [("alarm", SIGALRM, 0x80), ("timer", SIGUSR2, -2)] {
        let options = ["-T", "@", "-s", "\(signal)"]
        let scene = try Self.trace(plan, options: options, call, signal, "-")
        #expect(scene.rows.count == 23, "\(call)")
        for row in scene.rows {
          #expect(row.values["pid"] is NSNull && row.values["comm"] is NSNull, "\(row.values)")
          #expect(row["tpid"] == scene.pid && row["code"] == code, "\(row.values)")
        }
        let filtered = try Self.trace(
          plan, options: ["--uid", "0"] + options, call, signal, "-")
        #expect(filtered.rows.isEmpty)
      }
    }

    @Test("in a container the numbers are its own", arguments: plans)
    func container(_ plan: Plan) throws {
      let home = try PIDNamespace()
      let workload = try Workload("signals", "23", "kill", "10", "waits", environment: home.entry)
      let said = workload.announcement.split(separator: " ").compactMap { Int($0) }
      let run = try plan.run(["-s", "10", "-T", "\(said[1])"], environment: home.entry)
      try workload.run()
      let rows = try run.stop().rows()
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["pid"] == said[0] && $0["tpid"] == said[1] }, "\(rows)")
    }

    @Test("-s, -T and filters let their signals pass and keep others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, expected) in [
        (["-p", "@", "-s", "USR1"], 23), (["-p", "@", "-s", "2,sigusr1"], 23),
        (["-p", "@", "-s", "USR2"], 0), (["-p", "@", "-s", "0"], 0), (["-T", "@target"], 23),
        (["-p", "@", "-T", "@"], 0), (["-p", "@", "--comm", "workload"], 23),
        (["-p", "@", "--comm", "load"], 0), (["-p", "@", "--uid", "65533"], 0),
      ] {
        let scene = try Self.trace(plan, options: options, "tgkill", SIGUSR1)
        #expect(scene.rows.count == expected, "\(options)")
      }
      let last = try Self.trace(plan, options: ["-p", "@", "-s", "RTMIN+30"], "kill", 64)
      #expect(last.rows.count == 23 && last.rows.allSatisfy { $0["signal_name"] == "SIGRTMIN+30" })
    }

    @Test("the table has the columns of libbpf-tools, and with -n the names of signals")
    func table() throws {
      for (tool, options, signal) in [
        ("sigsnoop", [String](), "10"), ("sigsnoop", ["-n"], "SIGUSR1"), ("sigsnoop", ["-k"], "10"),
      ] {
        let workload = try Workload("signals", "23", "kill", "\(SIGUSR1)", "waits")
        let target = workload.announcement.split(separator: " ")[1]
        let run = try TracedRun(tool, options + ["-s", "USR1", "-p", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == ["TIME", "PID", "COMM", "SIG", "TPID", "TCOMM", "RESULT"])
        let expected = ["\(workload.pid)", "workload", signal, "\(target)", "workload", "0"]
        #expect(lines.count == 24)
        #expect(lines.dropFirst().allSatisfy { Array($0.dropFirst()) == expected })
      }
    }
  }

  /// sigsnoop -k, which is killsnoop, shows the calls that send signals.
  @Suite struct SignalCalls {
    static let plans = Plan.offered("sigsnoop", "-k")

    @Test("23 of each call are shown, with the target's name", arguments: plans)
    func each(_ plan: Plan) throws {
      for (call, _) in Signals.calls {
        let scene = try Signals.trace(plan, call, SIGUSR1)
        #expect(scene.rows.count == 23, "\(call)")
        let hasThread = call.contains("tgkill") || call.contains("tgsig") || call == "tkill"
        for row in scene.rows {
          #expect(row["pid"] == scene.pid && row["call"] == call)
          #expect(row["tpid"] == scene.target && row["tcomm"] == "workload", "\(row.values)")
          #expect(row["ttid"] == (hasThread ? scene.target : nil), "\(call)")
          #expect(row["signal"] == Int(SIGUSR1) && row.values["code"] is NSNull)
          #expect(row["result"] == 0 && row["outcome"] == "sent")
        }
      }
    }

    @Test("calls that fail are shown with their errno, and -x shows them alone", arguments: plans)
    func failed(_ plan: Plan) throws {
      for (call, _) in Signals.calls {
        for options in [["-p", "@"], ["-x", "-p", "@"]] {
          let scene = try Signals.trace(plan, options: options, call, SIGUSR1, "gone")
          #expect(scene.rows.count == 23, "\(call)")
          let target = call == "pidfd_send_signal" ? nil : scene.target
          for row in scene.rows {
            #expect(row["result"] == -Int(ESRCH) && row["outcome"] == "ESRCH")
            #expect(row["tpid"] == target && row.values["tcomm"] is NSNull, "\(row.values)")
          }
        }
        #expect(
          try Signals.trace(plan, options: ["-x", "-p", "@"], call, SIGUSR1).rows.isEmpty)
      }
    }

    @Test("signal 0 is a call like others", arguments: plans)
    func null(_ plan: Plan) throws {
      for (options, expected) in [
        (["-p", "@"], 23), (["-p", "@", "-s", "0"], 23), (["-p", "@", "-s", "0,9"], 23),
        (["-p", "@", "-s", "9"], 0),
      ] {
        let scene = try Signals.trace(plan, options: options, "kill", 0)
        #expect(scene.rows.count == expected, "\(options)")
        #expect(scene.rows.allSatisfy { $0["signal"] == 0 && $0.values["signal_name"] is NSNull })
      }
    }

    @Test("a group is shown as the call was told, without a name", arguments: plans)
    func group(_ plan: Plan) throws {
      let scene = try Signals.trace(plan, "kill", SIGHUP, "leads")
      #expect(scene.rows.count == 23)
      #expect(scene.rows.allSatisfy { $0["tpid"] == -scene.target && $0.values["tcomm"] is NSNull })
    }

    @Test("-T and filters let their calls pass and keep others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for (options, expected) in [
        (["-T", "@target"], 23), (["-p", "@", "-T", "@"], 0), (["-p", "1"], 0),
        (["-p", "@", "--comm", "workload", "--uid", "0"], 23), (["-p", "@", "--uid", "65533"], 0),
      ] {
        let scene = try Signals.trace(plan, options: options, "kill", SIGUSR1)
        #expect(scene.rows.count == expected, "\(options)")
      }
    }
  }
}
