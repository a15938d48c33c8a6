import Foundation
import Testing

extension Live {
  /// mountsnoop shows the calls of a process that mount and unmount, with their arguments.
  @Suite struct Mounts {
    static let plans = Plan.offered("mountsnoop")

    private struct Trace {
      let rows: [Row]
      let results: [Int]
      let namespace: Int
    }

    private func trace(
      _ plan: Plan, options: [String] = ["-p", "@"], directory: String = "/tmp", _ calls: [String]
    ) throws -> Trace {
      let workload = try Workload(["mounts", "23", directory] + calls)
      let said = workload.announcement.split(separator: " ").compactMap { Int($0) }
      let (rows, outcomes) = try plan.rows(of: workload, options)
      for row in rows {
        #expect(row["pid"] == workload.pid && row["comm"] == "workload")
        #expect(row["mntns"] == said[1] && row.number("latency_us") > 0, "\(row.values)")
      }
      return Trace(rows: rows, results: outcomes.map { $0[0] }, namespace: said[1])
    }

    @Test("23 mounts of a tmpfs and their end are shown", arguments: plans)
    func classic(_ plan: Plan) throws {
      let trace = try trace(plan, ["mount", "umount"])
      #expect(trace.rows.count == 46 && trace.results.allSatisfy { $0 == 0 })
      for row in trace.rows.prefix(23) {
        #expect(row["op"] == "mount" && row["ret"] == 0 && row["err"] == 0)
        #expect(row["source"] == "a \"source\"" && row["target"] == "/tmp")
        #expect(row["fs"] == "tmpfs" && row["data"] == "size=64k,mode=700")
        #expect(row["flags"] == "MS_NOSUID | MS_NODEV" && row.values["key"] is NSNull)
        #expect(
          row["call"]
            == #"mount("a \"source\"", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=700") = 0"#
        )
      }
      for row in trace.rows.suffix(23) {
        #expect(row["op"] == "umount" && row["ret"] == 0 && row["target"] == "/tmp")
        #expect(row["call"] == #"umount("/tmp", MNT_DETACH | UMOUNT_NOFOLLOW) = 0"#)
        #expect(row.values["source"] is NSNull && row.values["fs"] is NSNull)
      }
    }

    @Test("the old magic number is no flag, and a missing text is NULL", arguments: plans)
    func magic(_ plan: Plan) throws {
      let trace = try trace(plan, ["magic"])
      #expect(trace.rows.count == 23)
      for row in trace.rows {
        #expect(row["flags"] == "MS_NOEXEC" && row.values["source"] is NSNull)
        #expect(row["call"] == #"mount(NULL, "/tmp", "tmpfs", MS_NOEXEC, NULL) = 0"#)
      }
    }

    @Test("a call that fails is shown with its errno", arguments: plans)
    func failures(_ plan: Plan) throws {
      let trace = try trace(plan, ["umount-missing"])
      #expect(trace.rows.count == 23 && trace.results.allSatisfy { $0 == -Int(ENOENT) })
      for row in trace.rows {
        #expect(row["ret"] == -1 && row["err"] == Int(ENOENT))
        #expect(row["call"] == #"umount("/no such directory", 0x0) = -ENOENT"#)
      }
    }

    @Test("the steps of a mount are shown, each with its descriptors", arguments: plans)
    func steps(_ plan: Plan) throws {
      let calls = [
        "fsopen", "fsconfig-string", "fsconfig-path", "fsconfig-descriptor", "fsconfig-create",
        "fsmount", "move_mount", "fspick", "open_tree", "umount",
      ]
      let trace = try trace(plan, calls)
      let (rows, results) = (trace.rows, trace.results)
      #expect(rows.count == 230 && results.count == 230)
      guard rows.count == 230, results.count == 230 else { return }
      for round in 0..<23 {
        let (context, tree) = (results[round], results[5 * 23 + round])
        #expect(context > 0 && tree > 0)
        let (pick, copy) = (results[7 * 23 + round], results[8 * 23 + round])
        let lines = [
          #"fsopen("tmpfs", FSOPEN_CLOEXEC) = \#(context)"#,
          #"fsconfig(\#(context), FSCONFIG_SET_STRING, "size", "64k", 0) = 0"#,
          #"fsconfig(\#(context), FSCONFIG_SET_PATH, "no-such", "/tmp", AT_FDCWD) = -EINVAL"#,
          #"fsconfig(\#(context), FSCONFIG_SET_FD, "no-such", NULL, 1) = -EINVAL"#,
          #"fsconfig(\#(context), FSCONFIG_CMD_CREATE, NULL, NULL, 0) = 0"#,
          "fsmount(\(context), FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) = \(tree)",
          #"move_mount(\#(tree), "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH) = 0"#,
          #"fspick(AT_FDCWD, "/tmp", FSPICK_NO_AUTOMOUNT) = \#(pick)"#,
          #"open_tree(AT_FDCWD, "/tmp", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) = \#(copy)"#,
          #"umount("/tmp", MNT_DETACH | UMOUNT_NOFOLLOW) = 0"#,
        ]
        for (step, line) in lines.enumerated() {
          let row = rows[step * 23 + round]
          #expect(row["call"] == line)
          let name = calls[step].prefix { $0 != "-" }
          #expect(row["op"] == String(name) && row["ret"] == max(results[step * 23 + round], -1))
        }
        let string = rows[23 + round], mount = rows[5 * 23 + round], move = rows[6 * 23 + round]
        #expect(string["fs_fd"] == context && string["cmd"] == "FSCONFIG_SET_STRING")
        #expect(string["key"] == "size" && string["value"] == "64k" && string["aux"] == 0)
        #expect(mount["attr_flags"] == "MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV")
        #expect(move["dfd"] == tree && move["path"] == "" && move["to_path"] == "/tmp")
      }
    }

    @Test("attributes of a mount are shown, if the kernel has the call", arguments: plans)
    func attributes(_ plan: Plan) throws {
      let trace = try trace(
        plan, ["fsopen", "fsconfig-create", "fsmount", "mount_setattr", "open_tree_attr"])
      #expect(trace.results.count == 115)
      guard trace.results.count == 115 else { return }
      let trees = trace.results[46..<69]
      for (name, first) in [("mount_setattr", 69), ("open_tree_attr", 92)] {
        let rows = trace.rows.filter { $0["op"] == name }
        // Where the kernel has no such call, some hooks see that it fails.
        if trace.results[first] == -Int(ENOSYS) {
          #expect(rows.allSatisfy { $0["err"] == Int(ENOSYS) })
          continue
        }
        #expect(rows.count == 23)
        for (row, tree) in zip(rows, trees) {
          let set = "{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, 0x0, MS_PRIVATE, 0}"
          let start =
            name == "mount_setattr"
            ? #"mount_setattr(\#(tree), "", AT_EMPTY_PATH, \#(set), 32) = 0"#
            : #"open_tree_attr(AT_FDCWD, "/tmp", OPEN_TREE_CLONE, \#(set), 32) = "#
          let call: String? = row["call"]
          #expect(call?.hasPrefix(start) == true, "\(row.values)")
          #expect(row["attr_flags"] == "MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC")
          #expect(row["propagation"] == "MS_PRIVATE" && row["attr_cleared"] == "0x0")
        }
      }
    }

    @Test("a path that is too long is cut and marked", arguments: plans)
    func tooLong(_ plan: Plan) throws {
      let path = String(repeating: "/a", count: 2048)
      let trace = try trace(plan, directory: path, ["mount"])
      #expect(trace.rows.count == 23)
      #expect(trace.rows.allSatisfy { $0["target"] == path.prefix(4095) + "..." })
      #expect(
        trace.rows.allSatisfy { $0.bool("truncated") == true && $0["err"] == Int(ENAMETOOLONG) })
    }

    @Test("other tasks are kept out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["--comm", "work"], ["-p", "1"], ["--uid", "65533", "-p", "@"]] {
        #expect(try trace(plan, options: options, ["mount"]).rows.isEmpty, "\(options)")
      }
    }

    private func table(_ options: [String], _ call: String) throws -> (String, lines: [Substring]) {
      let workload = try Workload("mounts", "23", "/tmp", call)
      let run = try TracedRun("mountsnoop", options + ["-p", "\(workload.pid)"])
      try workload.run()
      let text = try run.stop().text
      return (text, text.split(separator: "\n"))
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      for (options, expected) in [
        ([], ["COMM", "PID", "TID", "MNT_NS", "CALL"]),
        (["-t"], ["TIME", "COMM", "PID", "TID", "MNT_NS", "CALL"]),
      ] {
        let (_, lines) = try table(options, "mount")
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 24)
        #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(#""size=64k,mode=700") = 0"#) })
      }
    }

    @Test("-d shows a line for each argument that the call has, and an empty one after it")
    func detailed() throws {
      let (text, lines) = try table(["-d"], "mount")
      #expect(lines.count == 23 * 12)
      #expect(text.components(separatedBy: "\n\n").count == 24)
      let headings = [
        "COMM", "PID", "TID", "OP", "RET", "LAT(us)", "MNT_NS", "FS", "SOURCE", "TARGET", "DATA",
        "FLAGS",
      ]
      #expect(lines.prefix(12).map { String($0.prefix { $0 != ":" }) } == headings)
      for (heading, value) in [("OP", "MOUNT"), ("RET", "0"), ("FLAGS", "MS_NOSUID | MS_NODEV")] {
        let found = lines.filter { $0.hasPrefix(heading + ": ") }
        #expect(found.count == 23 && found.allSatisfy { $0.hasSuffix(" \(value)") })
      }
      let failed = try table(["-d"], "umount-missing").lines
      #expect(failed.count == 23 * 9)
      #expect(failed.count { $0.hasPrefix("RET: ") && $0.hasSuffix(" -ENOENT") } == 23)
    }
  }
}
