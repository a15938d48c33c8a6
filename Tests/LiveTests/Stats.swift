import Foundation
import Testing

extension Live {
  /// statsnoop shows the stats of a process, all of them and no others.
  @Suite struct Stats {
    static let plans = Plan.offered("statsnoop")
    static let byPath = ["stat", "lstat", "newfstatat", "statx", "statfs"]
    static let byDescriptor = ["fstat", "fstatfs", "newfstatat-empty", "statx-empty"]

    private func rows(
      _ plan: Plan, options: [String] = ["-p", "@"], _ workload: [String]
    ) throws -> [Row] {
      let workload = try Workload(["stats"] + workload)
      let rows = try plan.rows(of: workload, options).rows
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
      return rows
    }

    @Test("23 calls by a path are shown with it", arguments: plans, byPath)
    func paths(_ plan: Plan, _ call: String) throws {
      let rows = try rows(plan, ["23", call, "/etc/passwd"])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["path"] == "/etc/passwd" && $0["syscall"] == call })
      #expect(rows.allSatisfy { $0["ret"] == 0 && $0["err"] == 0 })
    }

    @Test("23 calls by a descriptor are shown with its path", arguments: plans, byDescriptor)
    func descriptors(_ plan: Plan, _ call: String) throws {
      let scratch = try Scratch()
      let file = try scratch.file("a file")
      for path in [file, "/"] {
        let rows = try rows(plan, ["23", call, path])
        #expect(rows.count == 23)
        #expect(rows.allSatisfy { $0["path"] == path && $0["err"] == 0 }, "\(rows)")
        #expect(rows.allSatisfy { call.hasPrefix($0["syscall"] ?? "?") })
      }
    }

    @Test("a missing file is shown with ENOENT, a bad descriptor without a path", arguments: plans)
    func failures(_ plan: Plan) throws {
      let path = "/tmp/no such file"
      for call in Self.byPath {
        let rows = try rows(plan, ["7", call, path])
        #expect(rows.count == 7)
        #expect(
          rows.allSatisfy { $0["path"] == path && $0["ret"] == -1 && $0["err"] == Int(ENOENT) })
      }
      for call in Self.byDescriptor {
        let rows = try rows(plan, ["7", call, path])
        #expect(rows.count == 7)
        #expect(rows.allSatisfy { $0.values["path"] is NSNull && $0["err"] == Int(EBADF) })
      }
    }

    @Test("-x shows failed calls and no others", arguments: plans)
    func failed(_ plan: Plan) throws {
      let options = ["-x", "-p", "@"]
      #expect(try rows(plan, options: options, ["23", "statx", "/etc/passwd"]).isEmpty)
      #expect(try rows(plan, options: options, ["23", "statx", "/etc/no-such-file"]).count == 23)
    }

    @Test("-F completes a path up to the root of the process", arguments: plans)
    func fullPaths(_ plan: Plan) throws {
      let scratch = try Scratch()
      let directory = try scratch.directory("one/two")
      let file = try scratch.file("one/two/file")
      for (option, call) in [
        ("--chdir", "stat"), ("--chdir", "statfs"), ("--dirfd", "newfstatat"), ("--dirfd", "statx"),
      ] {
        let workload = [option, directory, "23", call, "file"]
        let full = try rows(plan, options: ["-F", "-p", "@"], workload)
        #expect(full.count == 23 && full.allSatisfy { $0["path"] == file }, "\(call)")
        let given = try rows(plan, workload)
        #expect(given.count == 23 && given.allSatisfy { $0["path"] == "file" }, "\(call)")
      }
      // The root itself is under a mount.
      let workload = ["--over", directory, "23", "stat", "f"]
      let over = try rows(plan, options: ["-F", "-p", "@"], workload)
      #expect(over.count == 23 && over.allSatisfy { $0["path"] == "/inner/f" }, "\(over)")
    }

    @Test("a path that is too long is cut and marked", arguments: plans)
    func tooLong(_ plan: Plan) throws {
      let path = String(repeating: "/a", count: 2048)
      let rows = try rows(plan, ["23", "newfstatat", path])
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["path"] == path.prefix(4095) + "..." })
      #expect(rows.allSatisfy { $0.bool("truncated") == true && $0["err"] == Int(ENAMETOOLONG) })
    }

    @Test("other tasks are kept out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["--comm", "work"], ["-p", "1"], ["--uid", "65533", "-p", "@"]] {
        #expect(
          try rows(plan, options: options, ["23", "stat", "/etc/passwd"]).isEmpty, "\(options)")
      }
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      for (options, expected) in [
        ([], ["PID", "COMM", "RET", "ERR", "PATH"]),
        (["-t", "-s"], ["TIME(s)", "PID", "COMM", "RET", "ERR", "SYSCALL", "PATH"]),
      ] {
        let workload = try Workload("stats", "23", "statx", "/etc/passwd")
        let run = try TracedRun("statsnoop", options + ["-p", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 24)
        #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(" /etc/passwd") })
      }
    }
  }
}
