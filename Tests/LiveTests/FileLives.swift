import Foundation
import Testing

extension Live {
  /// filelife shows files that were created and are removed, with their age.
  @Suite struct FileLives {
    static let plans = Plan.offered("filelife")
    static let full = Plan.offered("filelife", "-F")
    static let types = MountedDisk.types + ["tmpfs"]

    private func rows(
      _ plan: Plan, _ workload: [String], options: [String] = ["-p", "@"]
    ) throws -> (rows: [Row], folder: String) {
      let workload = try Workload(["names"] + workload)
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["lost"] == 0 && summary["map_full"] == 0)
      return (rows.filter { $0["pid"] == workload.pid }, workload.announcement)
    }

    private func names(_ plan: Plan, _ workload: [String]) throws -> [String] {
      try rows(plan, workload).rows.map { $0["file"] ?? "?" }
    }

    private func repeated(_ expected: [String], times: Int) -> [String] {
      (0..<times).flatMap { _ in expected }
    }

    @Test("23 files created in every way and removed are shown, 5 kept are not", arguments: plans)
    func created(_ plan: Plan) throws {
      for (make, remove) in [
        ("touch", "unlink"), ("open", "unlinkat"), ("openat2", "unlink"), ("creat", "unlinkat"),
      ] {
        let names = try names(plan, ["23", "/tmp", "\(make):f%", "\(remove):f%"])
        #expect(names == (0..<23).map { "f\($0)" }, "\(make)")
      }
      #expect(try names(plan, ["5", "/tmp", "touch:f%"]).isEmpty)
    }

    @Test("3 renamed between are shown by their last name", arguments: plans)
    func renamed(_ plan: Plan) throws {
      for call in ["rename", "renameat", "renameat2", "noreplace"] {
        let names = try names(
          plan, ["3", "/tmp", "touch:f%", "\(call):f%:g%", "\(call):g%:h%", "unlink:h%"])
        #expect(names == (0..<3).map { "h\($0)" }, "\(call)")
      }
    }

    @Test("files are followed through renamed directories and exchanges", arguments: plans)
    func moved(_ plan: Plan) throws {
      let moved = try names(
        plan,
        [
          "7", "/tmp", "mkdir:d", "mkdir:d/e", "touch:d/e/f", "rename:d:g", "unlink:g/e/f",
          "rmdir:g/e", "rmdir:g",
        ])
      #expect(moved == repeated(["f"], times: 7))
      let exchanged = try rows(
        plan,
        [
          "7", "/tmp", "touch:a", "nap:50", "touch:b", "exchange:a:b", "unlink:b", "unlink:a",
        ]
      ).rows
      #expect(exchanged.map { $0["file"] ?? "?" } == repeated(["b", "a"], times: 7))
      for pair in stride(from: 0, to: exchanged.count - 1, by: 2) {
        #expect(exchanged[pair].number("age_s") >= 0.05)
        #expect((exchanged[pair]["age_us"] ?? 0) > (exchanged[pair + 1]["age_us"] ?? 0))
      }
    }

    @Test("the age is the time from the creation to the removal", arguments: plans)
    func age(_ plan: Plan) throws {
      let rows = try rows(plan, ["3", "/tmp", "touch:f", "nap:200", "rename:f:g", "unlink:g"]).rows
      #expect(rows.count == 3)
      for row in rows {
        let age: Int = row["age_us"] ?? 0
        #expect(age >= 200_000)
        #expect(abs(row.number("age_s") - Double(age) / 1_000_000) < 0.006)
      }
    }

    @Test("a file with two names ends with the last", arguments: plans)
    func links(_ plan: Plan) throws {
      for call in ["link", "linkat"] {
        let names = try names(
          plan, ["7", "/tmp", "touch:f", "\(call):f:g", "unlink:f", "nap:1", "unlink:g"])
        #expect(names == repeated(["g"], times: 7), "\(call)")
      }
    }

    @Test("what was not created, or not removed, is not shown", arguments: plans)
    func others(_ plan: Plan) throws {
      for actions in [
        // Opened and not created, and the name of a link.
        ["mknod:f", "touch:f", "unlink:f"], ["touch:f", "symlink:f:s", "unlink:s"],
        // Replaced, and a removal that fails.
        ["touch:f", "touch:g", "rename:f:g"], ["mkdir:d", "touch:d/f", "unlink:d", "rmdir:d"],
        ["touch:f", "unlink:f/x"], ["tmpfile"], ["tmpfile:f%", "unlink:f%"],
      ] {
        #expect(try names(plan, ["7", "/tmp"] + actions).isEmpty, "\(actions)")
      }
    }

    @Test("a name that is used again has a new age each time", arguments: plans)
    func reused(_ plan: Plan) throws {
      let rows = try rows(
        plan,
        [
          "7", "/tmp", "touch:f", "nap:50", "touch:g", "rename:g:f", "unlink:f", "touch:f",
          "unlink:f",
        ]
      ).rows
      #expect(rows.count == 14)
      #expect(rows.allSatisfy { $0["file"] == "f" && ($0["age_us"] ?? .max) < 50_000 })
    }

    @Test("23 files are shown on each file system", arguments: plans, types)
    func fileSystems(_ plan: Plan, _ type: String) throws {
      let disk = try MountedDisk(type)
      let names = try names(
        plan, ["23", disk.path, "touch:a file", "rename:a file:b", "unlink:b"])
      #expect(names == repeated(["b"], times: 23))
    }

    @Test("23 files are shown once on an overlay", arguments: plans)
    func overlay(_ plan: Plan) throws {
      let overlay = try Overlay()
      let names = try names(plan, ["23", overlay.path, "touch:f", "rename:f:g", "unlink:g"])
      #expect(names == repeated(["g"], times: 23))
    }

    @Test("paths through links, dots and other roots lead to the same file", arguments: plans)
    func paths(_ plan: Plan) throws {
      let scratch = try Scratch()
      let root = try scratch.directory("root")
      // A link must be there until the tool has followed it, so some wait at the end.
      for (options, actions) in [
        ([], ["touch:@/f", "unlink:f"]), ([], ["touch:f", "unlink:@//./f"]),
        ([], ["mkdir:d", "symlink:d:l", "touch:l/f", "unlink:l/../d/f"]),
        ([], ["mkdir:d", "symlink:d:l", "touch:d/f", "unlink:l/f", "nap:200"]),
        ([], ["mkdir:d", "symlink:@/d:l", "touch:g", "rename:g:l/f", "unlink:d/f", "nap:200"]),
        (["--root", root], ["touch:f", "unlink:@/f"]),
      ] {
        let names = try names(plan, options + ["7", options.isEmpty ? "/tmp" : "/"] + actions)
        #expect(names == repeated(["f"], times: 7), "\(actions)")
      }
    }

    @Test("-F shows the whole path", arguments: full)
    func fullPaths(_ plan: Plan) throws {
      let (rows, folder) = try rows(plan, ["7", "/tmp", "mkdir:d", "touch:d/f", "unlink:d/f"])
      #expect(rows.map { $0["file"] ?? "?" } == repeated([folder + "/d/f"], times: 7))
    }

    @Test("-p selects who creates, and another task may remove", arguments: plans)
    func creators(_ plan: Plan) throws {
      let scratch = try Scratch()
      let creator = try Workload("opens", "1", "creat", scratch.path + "/f", "0", "384")
      let bystander = try Workload("names", "7", scratch.path, "touch:g", "unlink:g")
      let run = try plan.run(["-p", "\(creator.pid)"])
      try creator.run()
      try bystander.run()
      let remover = try Workload("names", "1", scratch.path, "unlink:../f")
      try remover.run()
      let rows = try run.stop().rows()
      #expect(rows.map { $0["pid"] ?? 0 } == [remover.pid])
      #expect(rows.allSatisfy { $0["file"] == "f" && $0["comm"] == "workload" })
    }

    @Test("other tasks are kept out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let workload = ["7", "/tmp", "touch:f", "rename:f:g", "unlink:g"]
      for options in [["--comm", "workload", "-p", "@"], ["--tid", "@"]] {
        #expect(try rows(plan, workload, options: options).rows.count == 7, "\(options)")
      }
      for options in [["--comm", "work", "-p", "@"], ["-p", "1"], ["--uid", "65533", "-p", "@"]] {
        #expect(try rows(plan, workload, options: options).rows.isEmpty, "\(options)")
      }
    }

    @Test("the table has the columns of libbpf-tools", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload("names", "23", "/tmp", "touch:f", "unlink:f")
      let run = try TracedRun("filelife", ["-p", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
      #expect(lines.first == ["TIME", "PID", "COMM", "AGE(s)", "FILE"])
      #expect(lines.count == 24 && lines.dropFirst().allSatisfy { $0.last == "f" })
    }
  }
}
