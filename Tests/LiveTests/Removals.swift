import Foundation
import Testing

extension Live {
  /// filegone shows what loses its name, and nothing else.
  @Suite struct Removals {
    static let plans = Plan.offered("filegone")
    static let full = Plan.offered("filegone", "-F")
    static let types = MountedDisk.types + ["tmpfs"]

    /// The workload's own thread, or one that the kernel makes for its io_uring.
    private static func isOwn(_ comm: String?) -> Bool {
      comm == "workload" || comm?.hasPrefix("iou-wrk-") == true
    }

    private func rows(
      _ plan: Plan, _ workload: [String], options: [String] = ["-p", "@"]
    ) throws -> (rows: [Row], folder: String) {
      let workload = try Workload(["names"] + workload)
      let result = try plan.trace(workload, options, naming: ["@": "\(workload.pid)"])
      let rows = try result.rows(), summary = try result.summary()
      #expect(summary["seen"] == rows.count && summary["lost"] == 0)
      #expect(summary["map_full"] == 0)
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && Self.isOwn($0["comm"]) })
      return (rows, workload.announcement)
    }

    private func what(_ rows: [Row]) -> [String] {
      rows.map { row in
        let words: [String?] = [row["action"], row["file"], row["new_file"]]
        return words.compactMap { $0 }.joined(separator: " ")
      }
    }

    private func repeated(_ expected: [String], times: Int) -> [String] {
      (0..<times).flatMap { _ in expected }
    }

    @Test("23 files and 7 directories are removed, in every way", arguments: plans)
    func removed(_ plan: Plan) throws {
      for call in ["unlink", "unlinkat"] {
        let (rows, _) = try rows(plan, ["23", "/tmp", "touch:f%", "\(call):f%"])
        #expect(what(rows) == (0..<23).map { "delete f\($0)" }, "\(call)")
      }
      for call in ["rmdir", "rmdirat"] {
        let (rows, _) = try rows(plan, ["7", "/tmp", "mkdir:d%", "\(call):d%/"])
        #expect(what(rows) == (0..<7).map { "rmdir d\($0)" }, "\(call)")
      }
    }

    @Test("7 renames are shown with both names, in every way", arguments: plans)
    func renamed(_ plan: Plan) throws {
      for call in ["rename", "renameat", "renameat2", "noreplace"] {
        let (rows, _) = try rows(plan, ["7", "/tmp", "touch:f%", "\(call):f%:g%"])
        #expect(what(rows) == (0..<7).map { "rename f\($0) g\($0)" }, "\(call)")
      }
      let (rows, _) = try rows(plan, ["7", "/tmp", "mkdir:a", "touch:b", "exchange:a:b"])
      #expect(what(rows) == repeated(["exchange a b"], times: 7))
    }

    @Test("what fails is not shown", arguments: plans)
    func failures(_ plan: Plan) throws {
      let (rows, _) = try rows(
        plan,
        [
          "3", "/tmp", "unlink:none", "rmdir:none", "rename:none:other", "mkdir:d", "unlink:d",
          "touch:d/f", "rmdir:d", "touch:f", "noreplace:f:d", "rename:f:d",
        ])
      #expect(rows.isEmpty, "\(what(rows))")
    }

    @Test("a name that is replaced, and links, are shown as what was asked", arguments: plans)
    func links(_ plan: Plan) throws {
      let (rows, _) = try rows(
        plan,
        [
          "7", "/tmp", "touch:f", "link:f:g", "unlink:f", "symlink:g:s", "unlink:s", "touch:h",
          "rename:h:g", "unlink:g",
        ])
      #expect(
        what(rows) == repeated(["delete f", "delete s", "rename h g", "delete g"], times: 7))
    }

    @Test("a rename between two names of one file is shown by calls only", arguments: plans)
    func sameFile(_ plan: Plan) throws {
      let (rows, _) = try rows(plan, ["7", "/tmp", "touch:f", "link:f:g", "rename:f:g"])
      #expect(rows.count == (plan.hooks == "fentry" ? 0 : 7))
    }

    @Test("on each file system 23 removals and renames are shown once", arguments: plans, types)
    func fileSystems(_ plan: Plan, _ type: String) throws {
      let disk = try MountedDisk(type)
      let (rows, _) = try rows(
        plan, ["23", disk.path, "touch:a file", "rename:a file:b", "unlink:b"])
      #expect(what(rows) == repeated(["rename a file b", "delete b"], times: 23))
    }

    @Test("on an overlay each is shown once, for files of either layer", arguments: plans)
    func overlay(_ plan: Plan) throws {
      let overlay = try Overlay(above: (0..<7).map { "x\($0)" })
      let (new, _) = try rows(
        plan, ["7", overlay.path, "touch:f", "rename:f:g", "unlink:g"])
      #expect(what(new) == repeated(["rename f g", "delete g"], times: 7))
      // What is below is copied up first, and removed by a whiteout.
      let (old, _) = try rows(
        plan, ["7", overlay.path, "rename:../x%:../y", "touch:../x%", "unlink:../x%"])
      #expect(what(old) == (0..<7).flatMap { ["rename x\($0) y", "delete x\($0)"] })
    }

    @Test("io_uring's are shown by the functions", arguments: plans)
    func ring(_ plan: Plan) throws {
      guard plan.hooks == "fentry" else { return }
      let (rows, _) = try rows(
        plan, ["--ring", "7", "/tmp", "touch:f", "rename:f:g", "unlink:g"])
      // 5.10 has neither request.
      #expect(rows.isEmpty || what(rows) == repeated(["rename f g", "delete g"], times: 7))
    }

    @Test("-F completes paths from the working directory and from descriptors", arguments: full)
    func fullPaths(_ plan: Plan) throws {
      for (unlink, rename) in [("unlink", "rename"), ("unlinkat", "renameat2")] {
        let (rows, folder) = try rows(
          plan,
          ["7", "/tmp", "mkdir:d", "touch:d/f", "\(rename):d/f:d/g", "\(unlink):d/g", "rmdir:d"])
        let d = folder + "/d"
        #expect(
          what(rows)
            == repeated(["rename \(d)/f \(d)/g", "delete \(d)/g", "rmdir \(d)"], times: 7))
      }
      let (rows, folder) = try rows(plan, ["7", "/tmp", "touch:f", "rename:f:@/g", "unlink:@/g"])
      let f = folder + "/f", g = folder + "/g"
      #expect(what(rows) == repeated(["rename \(f) \(g)", "delete \(g)"], times: 7))
    }

    @Test("-F shows what a task below another root sees", arguments: full)
    func otherRoot(_ plan: Plan) throws {
      let scratch = try Scratch()
      let root = try scratch.directory("root")
      let (rows, folder) = try rows(plan, ["--root", root, "7", "/", "touch:f", "unlink:f"])
      #expect(what(rows) == repeated(["delete /\(folder.drop { $0 == "/" })/f"], times: 7))
    }

    @Test("without -F the name alone is shown, whatever the path", arguments: plans)
    func names(_ plan: Plan) throws {
      let (rows, _) = try rows(
        plan, ["7", "/tmp", "mkdir:d", "touch:d/f", "rename:@//d/./f:d/../g", "unlink:@/g"])
      #expect(what(rows) == repeated(["rename f g", "delete g"], times: 7))
    }

    @Test("a path that is too long fails, the longest is shown whole", arguments: full)
    func longest(_ plan: Plan) throws {
      let path = String(repeating: "./", count: 2000)
      let (rows, folder) = try rows(plan, ["7", "/tmp", "touch:f", "unlink:\(path)f"])
      #expect(what(rows) == repeated(["delete \(folder)/\(path)f"], times: 7))
      #expect(rows.allSatisfy { $0.bool("truncated") == false })
    }

    @Test("other tasks are kept out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let workload = ["7", "/tmp", "touch:f", "rename:f:g", "unlink:g", "mkdir:d", "rmdir:d"]
      for options in [["--comm", "workload", "-p", "@"], ["--tid", "@"]] {
        #expect(try rows(plan, workload, options: options).rows.count == 21, "\(options)")
      }
      for options in [["--comm", "work", "-p", "@"], ["-p", "1"], ["--uid", "65533", "-p", "@"]] {
        #expect(try rows(plan, workload, options: options).rows.isEmpty, "\(options)")
      }
    }

    @Test("the table has the columns of bcc", arguments: plans)
    func table(_ plan: Plan) throws {
      let workload = try Workload(
        "names", "7", "/tmp", "touch:f", "rename:f:g", "unlink:g", "mkdir:d", "rmdir:d")
      let run = try TracedRun("filegone", ["-p", "\(workload.pid)"], plan: plan.hooks)
      try workload.run()
      let lines = try run.stop().lines.map { $0.split(separator: " ").map(String.init) }
      #expect(lines.first == ["TIME", "PID", "COMM", "ACTION", "FILE"])
      let expected = [["RENAME", "f", ">", "g"], ["DELETE", "g"], ["DELETE", "d"]]
      #expect(lines.dropFirst().map { Array($0.dropFirst(3)) } == (0..<7).flatMap { _ in expected })
    }
  }
}
