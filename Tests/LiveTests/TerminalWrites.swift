import Foundation
import Testing

extension Live {
  /// ttysnoop shows the bytes that a workload writes to a terminal of its own.
  @Suite struct TerminalWrites {
    static let plans = Plan.offered("ttysnoop")
    private static let number = 23
    private static let lines = (1...number).map { "line \($0)\u{1b}[1m\n" }

    /// In an option `@` stands for the workload's process, and `@tty` for its terminal.
    private func trace(
      _ plan: Plan, _ options: [String] = ["-p", "@"], how: String = "write"
    ) throws -> (rows: [Row], pid: Int, terminal: String) {
      let workload = try Workload("terminals", "\(Self.number)", how)
      let rows = try plan.rows(
        of: workload, options, naming: ["@tty": workload.announcement]
      ).rows
      return (rows, workload.pid, workload.announcement)
    }

    @Test("23 writes are there, each with its bytes", arguments: plans)
    func writes(_ plan: Plan) throws {
      let (rows, pid, terminal) = try trace(plan)
      #expect(rows.map { $0["data"] ?? "" } == Self.lines)
      for (row, line) in zip(rows, Self.lines) {
        #expect(row["pid"] == pid && row["comm"] == "workload" && row["tty"] == "pts/\(terminal)")
        #expect(row["bytes"] == line.utf8.count && row.bool("cut") == false)
      }
    }

    @Test("a write of several parts has a row for each, in their order", arguments: plans)
    func parts(_ plan: Plan) throws {
      let rows = try trace(plan, how: "writev").rows
      #expect(rows.map { $0["data"] ?? "" } == Self.lines.flatMap { ["li", "\($0.dropFirst(2))"] })
    }

    @Test("what a process writes to its own terminal is written to that", arguments: plans)
    func own(_ plan: Plan) throws {
      for options in [["-p", "@"], ["-p", "@", "@tty"]] {
        let (rows, _, terminal) = try trace(plan, options, how: "own")
        #expect(rows.map { $0["data"] ?? "" } == Self.lines)
        #expect(rows.allSatisfy { $0["tty"] == "pts/\(terminal)" })
      }
    }

    @Test("long writes are cut, or are shown in pieces", arguments: plans)
    func long(_ plan: Plan) throws {
      func sizes(_ options: [String]) throws -> [Row] {
        try trace(plan, ["-p", "@"] + options, how: "long").rows
      }
      let cut = try sizes(["-s", "10", "-c", "2"])
      #expect(cut.count >= Self.number)
      #expect(cut.allSatisfy { $0["bytes"] ?? 0 <= 20 && $0["data"]?.wholeMatch(of: /x+/) != nil })
      #expect(cut.contains { $0.bool("cut") == true && $0["bytes"] == 20 })
      let whole = try sizes(["-s", "4096", "-c", "3"])
      #expect(whole.reduce(0) { $0 + ($1["bytes"] ?? 0) } == Self.number * 10_000)
      #expect(whole.allSatisfy { $0.bool("cut") == false && $0["bytes"] ?? 0 <= 4096 })
    }

    @Test("what is not written to a terminal is not shown", arguments: plans)
    func others(_ plan: Plan) throws {
      #expect(try trace(plan, how: "others").rows.isEmpty)
    }

    @Test("the terminal and the filters let writes through, or keep them out", arguments: plans)
    func filters(_ plan: Plan) throws {
      let other = try Workload("terminals", "1")
      for (options, expected) in [
        (["@tty"], Self.number), (["/dev/pts/@tty"], Self.number), (["pts/@tty"], Self.number),
        (["-p", "@", other.announcement], 0), (["-p", "@", "--comm", "workload"], Self.number),
        (["-p", "1", "@tty"], 0), (["--comm", "workloads", "@tty"], 0),
        (["--uid", "65533", "@tty"], 0),
      ] {
        let (rows, pid, _) = try trace(plan, options)
        #expect(rows.count == expected && rows.allSatisfy { $0["pid"] == pid }, "\(options)")
      }
    }

    @Test("--raw has the bytes as they are, and nothing else", arguments: plans)
    func raw(_ plan: Plan) throws {
      let workload = try Workload("terminals", "\(Self.number)")
      let run = try TracedRun("ttysnoop", ["--raw", workload.announcement], plan: plan.hooks)
      try workload.run()
      #expect(try run.stop().text == Self.lines.joined())
    }

    @Test("the table has a row for each write, with control characters escaped")
    func table() throws {
      let workload = try Workload("terminals", "\(Self.number)")
      let run = try TracedRun("ttysnoop", ["-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(
        lines.first == "TIME     PID     COMM             TTY      BYTES DATA")
      #expect(lines.count == 1 + Self.number && lines.allSatisfy { $0.count <= 80 })
      #expect(lines.last?.hasSuffix("line 23\\x1b[1m\\n") == true, "\(lines.last ?? "")")
    }

    @Test("what is no terminal is refused", arguments: ["null", "/dev/pts/999999", "/etc/passwd"])
    func refused(_ device: String) throws {
      let process = try Subprocess([Executable.path("ttysnoop"), device])
      #expect(try process.wait() != .exited(0))
      #expect(process.errors.text.contains("is no terminal"), "\(process.errors.text)")
    }
  }
}
