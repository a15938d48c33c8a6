import Foundation
import Testing

extension Live {
  /// capable shows each check of a capability, with its verdict.
  @Suite struct CapabilityChecks {
    static let plans = Plan.offered("capable")
    /// The options of `workload env` for a user without capabilities.
    static let nobody = ["--uid", "65534"]

    /// Runs 23 checks under capable.
    static func rows(
      _ plan: Plan, _ capability: String, _ options: [String] = [], as user: [String] = []
    ) throws -> (rows: [Row], workload: Workload) {
      let workload = try Workload(["checks", "23", capability], environment: user)
      let run = try plan.run(["-p", "\(workload.pid)"] + options)
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return (try result.rows(), workload)
    }

    /// Capability, number, whether a call that sets ids asks, whether it is audited.
    static let kinds = [
      ("sys_chroot", 18, 0, 1), ("setuid", 7, 1, 1), ("sys_admin", 21, 0, 0),
    ]

    @Test("23 checks are shown with the verdict", arguments: plans, kinds)
    func verdicts(_ plan: Plan, _ kind: (String, Int, Int, Int)) throws {
      let isFunction = plan.hooks == "fentry" || plan.hooks == "kprobe"
      // The compiler may have put a copy of the function into what asks for this one.
      if kind.0 == "sys_admin", isFunction { return }
      for (user, uid, verdict) in [([], 0, "allow"), (Self.nobody, 65534, "deny")] {
        let (rows, workload) = try Self.rows(plan, kind.0, as: user)
        #expect(rows.count == 23, "\(kind.0)")
        for row in rows {
          #expect(row["pid"] == workload.pid && row["tid"] == workload.pid && row["uid"] == uid)
          #expect(row["comm"] == "workload" && row["cap"] == kind.1)
          #expect(row["name"] == "CAP_" + kind.0.uppercased() && row["verdict"] == verdict)
          #expect(row["userns"] == 4_026_531_837)
          if isFunction {
            #expect(row["insetid"] == kind.2 && row["audit"] == kind.3, "\(row)")
          } else {
            #expect(row.values["insetid"] is NSNull && row.values["audit"] is NSNull)
          }
        }
      }
    }

    @Test("each filter lets its checks pass and keeps others out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let cases: [([String], [String], Int)] = [
        (["--denied"], Self.nobody, 23), (["--denied"], [], 0),
        (["--cap", "sys_chroot"], [], 23), (["--cap", "CAP_SYS_CHROOT,0"], [], 23),
        (["--cap", "18"], [], 23), (["--cap", "sys_admin,19"], [], 0),
        (["--uid", "65534"], Self.nobody, 23), (["--uid", "65534"], [], 0),
        (["--comm", "workload"], [], 23), (["--comm", "work"], [], 0),
        (["--tid", "1"], [], 0),
      ]
      for (options, user, expected) in cases {
        let (rows, _) = try Self.rows(plan, "sys_chroot", options, as: user)
        #expect(rows.count == expected, "\(options) \(user)")
      }
    }

    @Test("-c shows a group's checks and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("checks"), other = try ControlGroup("others")
      for (home, expected) in [(group, 23), (other, 0)] {
        let (rows, _) = try Self.rows(
          plan, "sys_chroot", ["-c", group.path], as: ["--cgroup", home.path])
        #expect(rows.count == expected)
      }
    }

    @Test("-u shows a check once for each process or group and verdict", arguments: plans)
    func unique(_ plan: Plan) throws {
      let group = try ControlGroup("unique")
      let work = ["checks", "23", "sys_chroot"], home = ["--cgroup", group.path]
      for (type, expected) in [("pid", 3), ("cgroup", 2), ("off", 69)] {
        let workloads = [
          try Workload(work, environment: home), try Workload(work, environment: home),
          try Workload(work, environment: home + Self.nobody),
        ]
        let run = try plan.run(["-u", type, "-c", group.path, "--cap", "sys_chroot"])
        for workload in workloads { try workload.run() }
        let rows = try run.stop().rows()
        #expect(rows.count == expected, "\(type)")
        #expect(rows.count { $0["verdict"] == "deny" } == (type == "off" ? 23 : 1))
      }
    }

    @Test("-K and -U show where each check came from", arguments: plans)
    func stacks(_ plan: Plan) throws {
      let workload = try Workload("checks", "--stay", "23", "sys_chroot")
      let run = try plan.run(["-KU", "-p", "\(workload.pid)"])
      workload.go()
      // Its functions have names while it is there.
      try waitFor("23 rows") {
        run.process.output.text.utf8.count { $0 == UInt8(ascii: "\n") } == 23
      }
      try workload.run()
      let rows = try run.stop().rows()
      #expect(rows.count == 23)
      for row in rows {
        // Before 5.15 a stack taken at a kretprobe ends at its trampoline.
        let ends = row.texts("kernel_stack").last?.contains("kretprobe_trampoline") == true
        #expect(
          row.texts("kernel_stack").contains { $0.hasSuffix("sys_chroot") } || ends, "\(row)")
        #expect(!row.texts("kernel_stack").contains { $0.hasPrefix("bpf_") })
        #expect(row.texts("user_stack").contains("checks"), "\(row)")
      }
      let (neither, _) = try Self.rows(plan, "sys_chroot")
      for row in neither {
        #expect(row.values["kernel_stack"] == nil && row.values["user_stack"] == nil)
      }
      let (cut, _) = try Self.rows(plan, "sys_chroot", ["-K", "--perf-max-stack-depth", "1"])
      #expect(cut.count == 23)
      for row in cut { #expect(row.texts("kernel_stack").count == 1) }
    }

    @Test("what reads the symbols for it is not shown", .alone)
    func ownReader() throws {
      let workload = try Workload("checks", "--stay", "23", "sys_chroot")
      let run = try TracedRun("capable", ["--json", "-U", "--cap", "sys_chroot,sys_admin"])
      workload.go()
      // Its functions have names while it is there.
      var own: [Row] = []
      try waitFor("23 rows") {
        own = try run.rowsSoFar().filter { $0["pid"] == workload.pid && $0["cap"] == 18 }
        return own.count == 23
      }
      try workload.run()
      let rows = try run.stop().rows()
      #expect(own.allSatisfy { $0.texts("user_stack").contains("checks") })
      #expect(!rows.contains { ["exe", "symbols"].contains($0["comm"] ?? "") })
    }

    @Test("the table has the columns of libbpf-tools, and -x two more", arguments: plans)
    func table(_ plan: Plan) throws {
      for (options, columns) in [
        ([], "TIME UID PID COMM CAP NAME AUDIT VERDICT"),
        (["-x"], "TIME UID PID TID COMM CAP NAME AUDIT VERDICT INSETID"),
      ] {
        let workload = try Workload("checks", "23", "sys_chroot")
        let run = try TracedRun(
          "capable", ["-p", "\(workload.pid)"] + options, plan: plan.hooks)
        try workload.run()
        let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first?.joined(separator: " ") == columns)
        #expect(lines.count == 24)
        for line in lines.dropFirst() {
          #expect(line.contains("CAP_SYS_CHROOT") && line.contains("allow"))
        }
      }
    }
  }

  /// capable --audited leaves out checks whose refusal is not audited.
  @Suite struct AuditedChecks {
    static let plans = Plan.offered("capable", "--audited")

    @Test("audited checks are shown and others are not", arguments: plans)
    func audited(_ plan: Plan) throws {
      for (capability, expected) in [("sys_chroot", 23), ("setuid", 23), ("sys_admin", 0)] {
        let (rows, _) = try CapabilityChecks.rows(plan, capability)
        #expect(rows.count == expected, "\(capability)")
      }
    }
  }
}
