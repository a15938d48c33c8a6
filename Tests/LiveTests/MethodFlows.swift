import Foundation
import Testing
import TraceKit

extension Live {
  /// uflow shows each method of a workload as it begins and ends.
  @Suite(.enabled(if: !Plan.offered("uflow").isEmpty, "the kernel has no uprobes"))
  struct MethodFlows {
    private func trace(
      _ arguments: [String], _ options: [String]
    ) throws -> (rows: [Row], result: RunResult) {
      let workload = try Workload(["languages"] + arguments)
      let result = try TracedRun.result(of: "uflow", options, over: workload)
      return (try result.rows().filter { $0["pid"] == workload.pid }, result)
    }

    private func flow(_ rows: [Row]) -> [String] {
      rows.map { "\($0["event"] ?? "") \($0["depth"] ?? -1) \($0["method"] ?? "")" }
    }

    /// One that is thrown out of does not end.
    private static let once = [
      "entry 1 outer", "entry 2 inner", "return 2 inner", "entry 2 inner", "return 2 inner",
      "entry 2 thrown", "return 1 outer",
    ]

    @Test(
      "methods that nest are shown in their order, with their depth",
      arguments: ["java", "perl", "php", "python", "ruby", "tcl"])
    func each(_ language: String) throws {
      let (rows, result) = try trace(["23", language], ["-l", language, "@"])
      #expect(flow(rows) == (0..<23).flatMap { _ in Self.once })
      let owner = language == "tcl" ? "" : "Work"
      #expect(rows.allSatisfy { $0["class"] == owner && $0["tid"] == $0["pid"] ?? 0 })
      let times = rows.map { $0.number("elapsed_us") }
      #expect(times == times.sorted())
      let summary = try result.summary()
      #expect(summary["seen"] == 7 * 23 && summary["lost"] == 0 && summary["truncated"] == 0)
    }

    @Test("methods and classes are selected by how they begin")
    func selection() throws {
      let java = ["-l", "java", "@"]
      let inner = try trace(["23", "java"], java + ["-M", "inn"]).rows
      #expect(flow(inner) == (0..<46).flatMap { _ in ["entry 1 inner", "return 1 inner"] })
      #expect(try trace(["23", "java"], java + ["-C", "Work", "-M", "outer"]).rows.count == 46)
      for options in [
        ["-M", "inner("], ["-M", "Inn"], ["-C", "Work/"], ["-C", "ork"], ["-C", "W", "-M", "W"],
      ] {
        #expect(try trace(["23", "java"], java + options).rows.isEmpty, "\(options)")
      }
      #expect(try trace(["23", "tcl"], ["-l", "tcl", "@", "-C", "Work"]).rows.isEmpty)
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      let java = ["-l", "java"]
      for options in [["--comm", "workload"], ["-p", "1,@"], ["--tid", "@"]] {
        #expect(try trace(["23", "java"], java + options).rows.count == 7 * 23, "\(options)")
      }
      for options in [["-p", "1,2"], ["--comm", "java"], ["--uid", "65533"]] {
        #expect(try trace(["23", "java"], java + options).rows.isEmpty, "\(options)")
      }
    }

    @Test("names are cut and escaped, and none is looked for beyond its memory")
    func hostile() throws {
      let (rows, result) = try trace(["1", "hostile"], ["-l", "ruby", "@"])
      #expect(rows.count == 4)
      #expect(rows.map { $0["event"] ?? "" } == ["entry", "return", "entry", "return"])
      #expect((rows.first?["method"] ?? "") == String(repeating: "x", count: 127))
      let owner: String = rows.first?["class"] ?? ""
      #expect(owner.hasPrefix("\u{1b}[31m\"\n\\"))
      #expect(rows.last?["method"] == "" && rows.last?["class"] == "")
      #expect(try result.summary()["truncated"] == 2)
    }

    @Test("the table is that of bcc's tool, with indented methods")
    func table() throws {
      let workload = try Workload("languages", "1", "java")
      let run = try TracedRun("uflow", ["-l", "java", "\(workload.pid)"])
      try workload.run()
      let result = try run.stop()
      let header = result.lines.first?.split(separator: " ")
      #expect(header == ["CPU", "PID", "TID", "TIME(us)", "METHOD"])
      let methods = result.lines.dropFirst().map { line in
        let arrow = line.range(of: "(->|<-) ", options: .regularExpression)?.lowerBound
        return (
          indent: line.prefix(upTo: arrow ?? line.startIndex).count,
          text: line[(arrow ?? line.startIndex)...]
        )
      }
      #expect(
        methods.map(\.text) == [
          "-> Work.outer", "-> Work.inner", "<- Work.inner", "-> Work.inner", "<- Work.inner",
          "-> Work.thrown", "<- Work.outer",
        ])
      #expect(methods.map { $0.indent - methods[0].indent } == [0, 2, 2, 2, 2, 2, 0])
      #expect(result.errors.contains("only with -XX:+DTraceMethodProbes"))
    }

    @Test("a process without probes is refused with what to run")
    func refusal() throws {
      let sleeper = try Subprocess(["/bin/sleep", "60"])
      defer { sleeper.signal(SIGKILL) }
      let tool = try Subprocess([Executable.path("uflow"), "-l", "perl", "\(sleeper.pid)"])
      #expect(try tool.wait() == .exited(69))
      #expect(
        tool.errors.text.hasSuffix(
          "has no probes such as perl:sub__entry: run a perl configured with -Dusedtrace\n"))
    }
  }
}
