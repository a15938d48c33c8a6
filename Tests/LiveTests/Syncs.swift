import Foundation
import Testing

extension Live {
  /// syncsnoop shows the syncs of a process, all of them and no others.
  @Suite struct Syncs {
    static let plans = Plan.offered("syncsnoop")
    static let calls = ["fsync", "fdatasync", "sync", "syncfs", "msync", "sync_file_range"]

    private func trace(
      _ plan: Plan, options: [String] = ["-p", "@"], _ calls: [String]
    ) throws -> (rows: [Row], outcomes: [[Int]], file: String) {
      let disk = try MountedDisk("ext4")
      let file = disk.path + "/a file"
      let workload = try Workload(["syncs", "23", file] + calls)
      let (rows, outcomes) = try plan.rows(of: workload, options)
      #expect(rows.allSatisfy { $0["pid"] == workload.pid && $0["comm"] == "workload" })
      return (rows, outcomes, file)
    }

    @Test("23 of each call are shown, with the file and the time that they took", arguments: plans)
    func each(_ plan: Plan) throws {
      let (rows, outcomes, file) = try trace(plan, Self.calls)
      #expect(rows.map { $0["call"] } == Self.calls.flatMap { Array(repeating: $0, count: 23) })
      #expect(rows.allSatisfy { $0["ret"] == 0 && $0["err"] == 0 })
      for (row, outcome) in zip(rows, outcomes) {
        let latency = row.number("latency_us"), start = row.number("start_s")
        #expect(latency > 0 && latency * 1000 <= Double(outcome[1]), "\(row.values)")
        #expect(start > 0)
        let call: String? = row["call"]
        // Its changed page goes to the disk and back.
        if call == "fsync" { #expect(latency > 10) }
        let path: String? = call == "sync" || call == "msync" ? nil : file
        #expect(row["path"] == path, "\(row.values)")
      }
      let starts = rows.map { $0.number("start_s") }
      #expect(starts == starts.sorted())
    }

    @Test("a call that fails is shown with its errno", arguments: plans)
    func failures(_ plan: Plan) throws {
      let (rows, _, _) = try trace(plan, ["bad"])
      #expect(rows.count == 23)
      #expect(
        rows.allSatisfy {
          $0["call"] == "fsync" && $0["ret"] == -1 && $0["err"] == Int(EBADF)
            && $0.values["path"] is NSNull
        })
    }

    @Test("other tasks are kept out", arguments: plans)
    func filters(_ plan: Plan) throws {
      for options in [["--comm", "work"], ["-p", "1"], ["--uid", "65533", "-p", "@"]] {
        #expect(try trace(plan, options: options, ["fdatasync"]).rows.isEmpty, "\(options)")
      }
    }

    @Test("the table has the columns of libbpf-tools, and on request more")
    func table() throws {
      for (options, expected) in [
        ([], ["TIME(s)", "COMM", "CALL"]),
        (
          ["--columns", "+pid,+latency_us,+path"],
          ["TIME(s)", "PID", "COMM", "CALL", "LAT(us)", "PATH"]
        ),
      ] {
        let scratch = try Scratch()
        let workload = try Workload("syncs", "23", scratch.path + "/file", "fsync")
        let run = try TracedRun("syncsnoop", options + ["-p", "\(workload.pid)"])
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ").map(String.init) == expected)
        #expect(lines.count == 24)
        #expect(lines.dropFirst().allSatisfy { $0.contains(" workload ") && $0.contains(" fsync") })
      }
    }
  }
}
