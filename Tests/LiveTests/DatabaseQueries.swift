import Foundation
import Testing
import TraceKit

extension Live {
  /// dbslower shows, and dbstat counts, each of 23 queries.
  @Suite(.enabled(if: !Plan.offered("dbslower").isEmpty, "the kernel has no uprobes"))
  struct DatabaseQueries {
    private func trace(
      _ arguments: [String], _ options: [String], tool: String = "dbslower"
    ) throws -> (rows: [Row], result: RunResult) {
      let workload = try Workload(["queries", "23"] + arguments)
      let named = options.map { $0.replacingOccurrences(of: "@", with: "\(workload.pid)") }
      let run = try TracedRun(tool, named + ["--json"])
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (try result.rows(), result)
    }

    private let queries = (1...23).map { "select \($0)" }

    private static let ways = [
      ("postgres", ["postgres", "-p", "@"]), ("mysql", ["mysql", "-p", "@"]),
      ("mysql", ["mysql", "@"]),
      ("command", ["mysql", "-x", Executable.path("workload"), "-p", "@"]),
      ("packet", ["mysql", "-x", Executable.path("workload"), "-p", "@"]),
    ]

    @Test("23 queries are 23 rows with their text and time", arguments: ways)
    func each(_ how: String, _ options: [String]) throws {
      let (rows, result) = try trace([how, "2000"], options)
      #expect(rows.map { $0["query"] ?? "" } == queries)
      #expect(rows.allSatisfy { $0.number("duration_ms") >= 2 && $0["comm"] == "workload" })
      let summary = try result.summary()
      #expect(summary["seen"] == 23 && summary["lost"] == 0)
    }

    @Test("queries that are not slow are left out", arguments: ways)
    func threshold(_ how: String, _ options: [String]) throws {
      #expect(try trace([how, "0"], options + ["-m", "60000"]).rows.isEmpty)
      let all = try trace([how, "0"], options + ["-m", "0"]).rows
      #expect(all.map { $0["query"] ?? "" } == queries)
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      for options in [["--comm", "workload"], ["-p", "1,@"], ["--tid", "@"]] {
        let rows = try trace(["postgres"], ["postgres", "-m", "0"] + options).rows
        #expect(rows.count == 23, "\(options)")
      }
      for options in [["-p", "1"], ["--comm", "postgres"], ["--uid", "65533"]] {
        let rows = try trace(["postgres"], ["postgres", "-m", "0"] + options).rows
        #expect(rows.isEmpty, "\(options)")
      }
      #expect(try trace(["postgres"], ["mysql", "-m", "0", "-p", "@"]).rows.isEmpty)
    }

    @Test("dbstat counts each, by its time", arguments: ways.filter { $0.1.contains("-p") })
    func counts(_ how: String, _ options: [String]) throws {
      let (rows, _) = try trace([how, "3000"], options + ["-u"], tool: "dbstat")
      #expect(rows.count == 1 && rows.first?.count(from: 2048) == 23)
      #expect(rows.first?["count"] == 23)
      let milliseconds = try trace([how, "3000"], options, tool: "dbstat").rows
      #expect(milliseconds.first?["count"] == 23 && milliseconds.first?.count(from: 2) == 23)
      let none = try trace([how, "0"], options + ["-m", "60000"], tool: "dbstat").rows
      #expect(none.first?["count"] ?? 0 == 0)
    }

    @Test("the table has the columns of bcc's tool")
    func table() throws {
      let workload = try Workload("queries", "23")
      let run = try TracedRun("dbslower", ["postgres", "-m", "0", "-p", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.split(separator: " ") == ["TIME(s)", "PID", "MS", "QUERY"])
      #expect(lines.count == 24 && lines.last?.hasSuffix(" select 23") == true)
    }

    /// Where Debian puts it.
    private static let server = (13...19).map { "/usr/lib/postgresql/\($0)/bin/" }
      .first { File.exists($0 + "postgres") && File.exists($0 + "initdb") }

    @Test(
      "queries of a real PostgreSQL, started later, are shown",
      .enabled(if: server != nil, "there is no PostgreSQL"), .alone)
    func postgres() throws {
      let server = try #require(Self.server)
      let folder = try Scratch()
      chmod(folder.path, 0o777)
      let data = folder.path + "/data"
      // It refuses to run as root.
      let user = [Executable.path("workload"), "env", "--uid", Privilege.user, "--"]
      let made = try Subprocess(
        user + [server + "initdb", "-D", data, "-A", "trust", "-N", "--locale", "C"])
      guard try made.wait() == .exited(0) else {
        throw LiveError("initdb failed: \(made.errors.text)")
      }
      let run = try TracedRun("dbslower", ["postgres", "-m", "0", "--json"])
      let backend = try Subprocess(
        user + [server + "postgres", "--single", "-D", data, "postgres"])
      try waitFor("the server to start") { backend.output.text.contains("backend>") }
      backend.send("select 0")
      try waitFor("the server to be probed") {
        backend.send("select 0")
        return try run.rowsSoFar().contains { $0["pid"] == Int(backend.pid) }
      }
      for query in queries { backend.send(query) }
      try waitFor("the queries to be shown") {
        try run.rowsSoFar().filter { ($0["query"] ?? "").contains("select 23") }.count == 1
      }
      backend.signal(SIGKILL)
      let rows = try run.stop().rows().filter { $0["pid"] == Int(backend.pid) }
      let shown = rows.map { ($0["query"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines) }
      #expect(shown.filter { $0 != "select 0" } == queries)
    }
  }
}
