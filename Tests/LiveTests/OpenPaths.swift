import Foundation
import Testing

extension Live {
  /// opensnoop shows paths whole, and with -F as the opener sees them.
  @Suite struct OpenPaths {
    static let plans = Plan.offered("opensnoop")

    private func paths(
      _ plan: Plan, options: [String] = ["-F"], _ workload: [String]
    ) throws -> [String?] {
      let (rows, _, _, _) = try Opens.rows(plan, options, workload)
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["err"] == 0 }, "\(rows)")
      return rows.map { $0["path"] }
    }

    @Test("-F completes a path from the working directory", arguments: plans)
    func workingDirectory(_ plan: Plan) throws {
      let scratch = try Scratch()
      let directory = try scratch.directory("one/two")
      let file = try scratch.file("one/two/file")
      let found = try paths(plan, ["--chdir", directory, "23", "openat", "file", "0", "0"])
      #expect(found.allSatisfy { $0 == file }, "\(found[0])")
    }

    @Test("without -F a relative path stays as it was given", arguments: plans)
    func relative(_ plan: Plan) throws {
      let scratch = try Scratch()
      _ = try scratch.file("file")
      let found = try paths(
        plan, options: [], ["--chdir", scratch.path, "23", "openat", "file", "0", "0"])
      #expect(found.allSatisfy { $0 == "file" })
    }

    @Test(
      "-F completes a path from a directory's descriptor", arguments: plans, ["openat", "openat2"])
    func directoryDescriptor(_ plan: Plan, _ call: String) throws {
      let scratch = try Scratch()
      let directory = try scratch.directory("one/two")
      let file = try scratch.file("one/two/file")
      let found = try paths(plan, ["--dirfd", directory, "23", call, "file", "0", "0"])
      #expect(found.allSatisfy { $0 == file }, "\(found[0])")
    }

    @Test("-F shows a path inside of a chroot as its process sees it", arguments: plans)
    func changedRoot(_ plan: Plan) throws {
      let scratch = try Scratch()
      _ = try scratch.directory("root/etc")
      _ = try scratch.file("root/etc/file")
      _ = try scratch.file("root/file")
      let root = scratch.path + "/root"
      for (option, directory, path) in [
        ("--chdir", "/etc", "/etc/file"), ("--chdir", "/", "/file"), ("--dirfd", "/", "/file"),
      ] {
        let found = try paths(
          plan, ["--chroot", root, option, directory, "23", "openat", "file", "0", "0"])
        #expect(found.allSatisfy { $0 == path }, "\(found[0])")
      }
    }

    @Test("-F crosses a bind mount of another mount namespace", arguments: plans)
    func bindMount(_ plan: Plan) throws {
      let scratch = try Scratch()
      let from = try scratch.directory("from/inner"), to = try scratch.directory("to")
      _ = try scratch.file("from/inner/file")
      let found = try paths(
        plan,
        [
          "--bind", scratch.path + "/from", to, "--chdir", to + "/inner", "23", "openat", "file",
          "0", "0",
        ])
      #expect(found.allSatisfy { $0 == to + "/inner/file" }, "\(found[0]), not below \(from)")
    }

    @Test("a path of 4095 bytes comes whole", arguments: plans)
    func longest(_ plan: Plan) throws {
      let path = String(repeating: "/./", count: 1360) + "/etc/no-such-fl"
      #expect(path.utf8.count == 4095)
      let (rows, outcomes, _, _) = try Opens.rows(plan, ["23", "openat", path, "0", "0"])
      #expect(outcomes.allSatisfy { $0 == [-1, Int(ENOENT)] })
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["path"] == path && $0.values["truncated"] as? Bool == false })
    }

    @Test("a longer path is cut and marked", arguments: plans)
    func tooLong(_ plan: Plan) throws {
      let path = String(repeating: "/a", count: 2048)
      let (rows, outcomes, _, result) = try Opens.rows(plan, ["23", "openat", path, "0", "0"])
      #expect(outcomes.allSatisfy { $0 == [-1, Int(ENAMETOOLONG)] })
      #expect(rows.count == 23)
      for row in rows {
        let shown: String? = row["path"]
        #expect(shown == path.prefix(4095) + "...")
        #expect(row.values["truncated"] as? Bool == true)
      }
      #expect(try result.summary()["truncated"] == 23)
    }
  }
}
