import Foundation
import Testing

extension Live {
  /// biotop adds up the requests of each process.
  @Suite struct BlockTops {
    static let plans = Plan.offered("biotop")

    private func rows(
      _ plan: Plan, _ options: [String], _ work: String = "read", number: Int = 23,
      environment: [String] = []
    ) throws -> (rows: [Row], pid: Int, disk: String) {
      let disk = try LoopDisk()
      let workload = try Workload(
        "blocks", "\(number)", work, disk.path, environment: environment)
      let result = try plan.trace(
        workload, options, naming: ["@pid": "\(workload.pid)", "@": disk.name])
      return (try result.rows(), workload.pid, disk.name)
    }

    private func total(_ rows: [Row], _ key: String = "io") -> Int {
      rows.reduce(0) { $0 + ($1[key] ?? 0) }
    }

    @Test("a process has its requests, bytes and time on its disk", arguments: plans)
    func fields(_ plan: Plan) throws {
      for (work, operation) in [("read", "Read"), ("write", "Write")] {
        let (rows, pid, disk) = try rows(plan, ["60"], work)
        let mine = rows.filter { $0["disk"] == disk }
        #expect(mine.count == 1)
        for row in mine {
          #expect(row["pid"] == pid)
          #expect(row["comm"] == "workload" && row["operation"] == operation)
          let numbers: [Int] = ["io", "bytes", "major"].map { row[$0] ?? -1 }
          #expect(numbers == [23, 23 * 4096, 7])
          let average = row.number("avg_ms"), all = row.number("latency_ms")
          let difference = abs(average * 23 - all)
          #expect(all > 0 && difference < 0.024, "\(average) \(all)")
          #expect(row.bool("writeback") == false)
        }
      }
    }

    @Test("no interval loses a request or counts it twice", arguments: plans)
    func intervals(_ plan: Plan) throws {
      #expect(total(try rows(plan, ["-d", "@", "0.1"], number: 1009).rows) == 1009)
      let counted = try plan.run(["0.2", "3"]).finish()
      #expect(counted.end == .exited(0))
    }

    @Test("the filters test the task that submits", arguments: plans)
    func filters(_ plan: Plan) throws {
      let other = try LoopDisk()
      let cases: [([String], Bool)] = [
        (["-p", "@pid"], true), (["-p", "1"], false), (["--comm", "workload"], true),
        (["--comm", "kworker*"], false), (["--uid", "65534"], false),
        (["-d", other.name, "-p", "@pid"], false),
      ]
      for (options, isCounted) in cases {
        let disk = options.contains("-d") ? [] : ["-d", "@"]
        #expect(
          total(try rows(plan, disk + options).rows) == (isCounted ? 23 : 0), "\(options)")
      }
    }

    @Test("--cgroup counts a group's requests and keeps others out", arguments: plans)
    func cgroup(_ plan: Plan) throws {
      let group = try ControlGroup("tops"), other = try ControlGroup("others")
      for home in [group, other] {
        let rows = try rows(
          plan, ["-d", "@", "--cgroup", group.path], environment: ["--cgroup", home.path]
        ).rows
        #expect(total(rows) == (home === group ? 23 : 0))
      }
    }

    /// Many small requests of one process and few large ones of another.
    private func runTwo(_ options: [String]) throws -> (RunResult, many: Int, large: Int) {
      let disk = try LoopDisk()
      let many = try Workload("blocks", "101", "read", disk.path)
      let large = try Workload("blocks", "23", "read", disk.path, "64")
      let run = try TracedRun("biotop", options + ["-d", disk.name, "600"])
      try many.run()
      try large.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      return (result, many.pid, large.pid)
    }

    @Test("-s chooses who is first")
    func sorted() throws {
      for (order, isMany) in [("io", true), ("bytes", false), ("all", false)] {
        let (result, many, large) = try runTwo(["--json", "-s", order])
        let pids = try result.rows().map { $0["pid"] ?? 0 }
        #expect(pids == (isMany ? [many, large] : [large, many]), "\(order)")
      }
      let times = try runTwo(["--json", "-s", "time"]).0.rows().map { $0.number("latency_ms") }
      #expect(times.count == 2 && times[0] >= times[1])
    }

    @Test("-r leaves the rest out, and the account says so")
    func limited() throws {
      let (result, many, _) = try runTwo(["--json", "-r", "1", "-s", "io"])
      #expect(try result.rows().map { $0["pid"] ?? 0 } == [many])
      let account = try result.summary()
      #expect(account["shown"] == 101)
      let filtered: Int = account["filtered"] ?? 0
      #expect(account["seen"] == 101 + filtered && filtered >= 23)
    }

    @Test("the table in a pipe is plain and has the columns of libbpf-tools")
    func plain() throws {
      let (result, many, large) = try runTwo([])
      let lines = result.lines
      #expect(lines.count == 4)
      #expect(lines[0].contains(" loadavg: "))
      #expect(
        lines[1] == "PID     COMM             D MAJ MIN DISK       I/O  Kbytes  AVGms")
      #expect(lines[2].hasPrefix("\(large) ") && lines[3].hasPrefix("\(many) "))
      let fields = lines[3].split(separator: " ")
      #expect(fields[2] == "R" && fields[6] == "101" && fields[7] == "404")
      #expect(!result.text.contains("\u{1b}"))
    }

    @Test("CSV has one header for all tables")
    func separated() throws {
      let run = try TracedRun("biotop", ["--format", "csv", "0.1", "5"])
      let lines = try run.finish().lines
      #expect(lines.filter { $0.hasPrefix("time,pid,comm,") }.count == 1)
    }
  }

  /// A ranked table on a terminal: drawn in place, and moved by keys.
  @Suite struct Screens {
    static let clear = "\u{1b}[H\u{1b}[2J"

    private func start(
      _ terminal: Terminal, _ options: [String] = ["0.1"], variables: [String] = ["TERM=xterm"]
    ) throws -> TracedRun {
      try TracedRun(
        "biotop", options, environment: variables.flatMap { ["--set", $0] },
        output: .terminal(terminal))
    }

    private func wait(_ terminal: Terminal, for text: String) throws {
      _ = try terminal.read { String(decoding: $0, as: UTF8.self).contains(text) }
    }

    @Test("keys choose the order, hold the table and end the run")
    func keys() throws {
      let terminal = try Terminal(isRaw: false)
      #expect(terminal.isCooked)
      let run = try start(terminal)
      try wait(terminal, for: Self.clear)
      #expect(!terminal.isCooked)
      for (key, text) in [
        ("i", "by io "), ("t", "by time "), ("b", "by bytes "), ("a", "by all "), ("p", "held, by"),
        ("p", "running, by"), (" ", "held, by"), ("i", "held, by io "),
      ] {
        terminal.type(key)
        try wait(terminal, for: text)
      }
      terminal.type("q")
      let result = try run.finish()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(terminal.isCooked)
    }

    @Test(
      "the terminal is as before after every end",
      arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV])
    func ends(_ signal: Int32) throws {
      let terminal = try Terminal(isRaw: false)
      let run = try start(terminal)
      try wait(terminal, for: Self.clear)
      let isResult = [SIGINT, SIGTERM, SIGHUP].contains(signal)
      #expect(try run.stop(signal).end == (isResult ? .exited(0) : .killed(signal)))
      #expect(terminal.isCooked)
    }

    @Test("Ctrl-C ends it, and Ctrl-Z gives the terminal back until it goes on")
    func control() throws {
      let terminal = try Terminal(isRaw: false)
      let run = try start(terminal)
      try wait(terminal, for: Self.clear)
      // A session without a shell has nobody to go on with, so it is not stopped by the
      // terminal but by hand.
      run.process.signal(SIGTSTP)
      try waitFor("the terminal to be given back") { terminal.isCooked }
      run.process.signal(SIGCONT)
      try waitFor("the terminal to be taken again") { !terminal.isCooked }
      terminal.type("\u{3}")
      #expect(try run.finish().end == .exited(0))
      #expect(terminal.isCooked)
    }

    @Test("a terminal without commands, and -C, have plain tables and no keys")
    func dumb() throws {
      for (variable, options) in [("TERM=dumb", ["0.1"]), ("TERM=xterm", ["-C", "0.1"])] {
        let terminal = try Terminal(isRaw: false)
        let run = try start(terminal, options, variables: [variable])
        let text = try terminal.read { String(decoding: $0, as: UTF8.self).contains("AVGms") }
        #expect(!text.contains(0x1b) && terminal.isCooked)
        #expect(try run.stop().end == .exited(0))
      }
    }

    @Test("NO_COLOR leaves the text as it is")
    func noColor() throws {
      for (variables, isPlain) in [
        (["TERM=xterm", "NO_COLOR=1"], true), (["TERM=xterm", "NO_COLOR="], false),
      ] {
        let terminal = try Terminal(isRaw: false)
        let run = try start(terminal, variables: variables)
        let text = String(
          decoding: try terminal.read { String(decoding: $0, as: UTF8.self).contains("AVGms") },
          as: UTF8.self)
        #expect(text.contains(Self.clear) && text.contains("\u{1b}[7m") != isPlain)
        #expect(try run.stop().end == .exited(0))
      }
    }

    @Test("a command that is traced keeps the terminal to itself, and its table is shown")
    func command() throws {
      let terminal = try Terminal(isRaw: false)
      let run = try start(terminal, ["60", "--", Executable.path("workload"), "nothing"])
      try wait(terminal, for: "AVGms")
      #expect(try run.finish().end == .exited(0))
      #expect(terminal.isCooked)
    }
  }
}
