import Foundation
import Testing
import TraceKit

extension Live {
  /// ugc shows each collection of 23, as each language describes it.
  @Suite(.enabled(if: !Plan.offered("ugc").isEmpty, "the kernel has no uprobes"))
  struct Garbage {
    private func trace(
      _ arguments: [String], _ options: [String], program: String? = nil
    ) throws -> (rows: [Row], result: RunResult) {
      let workload = try Workload(["garbage", "23"] + arguments, program: program)
      let result = try TracedRun.result(of: "ugc", options, over: workload)
      return (try result.rows().filter { $0["pid"] == workload.pid }, result)
    }

    private func descriptions(_ rows: [Row]) -> [String] { rows.map { $0["description"] ?? "" } }

    /// What each language says of the collections, in their order.
    private static let told: [String: @Sendable (Int) -> [String]] = [
      "java": { _ in
        ["Young", "Old"].map { "Copy \($0) used=5000->3000 max=-1->-1" } + ["full GC"]
      },
      "node": { done in
        [
          [
            "GC scavenge", "GC mark-sweep-compact",
            "GC incremental mark or mark-sweep-compact",
          ][done % 3]
        ]
      },
      "python": { ["gen \($0 % 3) GC collected \($0) objects"] },
      "ruby": { _ in ["GC sweep stage", "GC mark stage"] },
    ]

    @Test("23 collections are 23 rows or one for each part", arguments: told.keys.sorted())
    func each(_ language: String) throws {
      let (rows, result) = try trace([language, "2000"], ["-l", language, "@"])
      let told = try #require(Self.told[language])
      #expect(descriptions(rows) == (0..<23).flatMap(told))
      #expect(rows.allSatisfy { $0["language"] == language && $0["comm"] == "workload" })
      let durations = rows.map { $0.number("duration_us") }
      #expect(durations.allSatisfy { $0 >= 2000 && $0 < 2_000_000 })
      let summary = try result.summary()
      #expect(summary["seen"] == rows.count && summary["lost"] == 0 && summary["truncated"] == 0)
    }

    @Test("short collections, and those of other descriptions, are left out")
    func selection() throws {
      for options in [["-M", "60000"], ["-F", "gen 7"], ["-F", "GEN 2"]] {
        #expect(try trace(["python"], ["-l", "python", "@"] + options).rows.isEmpty, "\(options)")
      }
      #expect(try trace(["python"], ["-l", "python", "@", "-F", "gen 2"]).rows.count == 7)
      #expect(try trace(["python", "3000"], ["-l", "python", "@", "-M", "3"]).rows.count == 23)
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      let python = ["-l", "python"]
      for options in [["--comm", "workload"], ["-p", "1,@"], ["--tid", "@"]] {
        #expect(try trace(["python"], python + options).rows.count == 23, "\(options)")
      }
      for options in [["-p", "1,2"], ["--comm", "python"], ["--uid", "65533"]] {
        #expect(try trace(["python"], python + options).rows.isEmpty, "\(options)")
      }
      #expect(try trace(["ruby"], ["-l", "python", "-p", "@"]).rows.isEmpty)
    }

    @Test("names of pools are cut and escaped, and none is looked for beyond its memory")
    func hostile() throws {
      let (rows, result) = try trace(["hostile"], ["-l", "java", "@"])
      let told = descriptions(rows)
      #expect(told.count == 23)
      #expect(told[0].hasPrefix("\u{1b}[31m\"\n\\"))
      #expect(told[0].contains(String(repeating: "x", count: 63) + " used"))
      #expect(told[1] == "  used=5000->3000 max=-1->-1")
      #expect(try result.summary()["truncated"] ?? 0 >= 8)
      let workload = try Workload("garbage", "23", "hostile")
      let run = try TracedRun("ugc", ["-l", "java", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.count == 24 && !lines.contains { $0.contains("\u{1b}") })
    }

    @Test(
      "the language is that of the program's name", arguments: [("python3.11", 23), ("ruby", 0)])
    func detection(_ name: String, _ count: Int) throws {
      let folder = try Scratch()
      let program = try folder.copy(of: Executable.path("workload"), as: name)
      #expect(try trace(["python"], ["@"], program: program).rows.count == count)
    }

    @Test("a process of no known language, or without probes, is refused")
    func refusals() throws {
      let sleeper = try Subprocess(["/bin/sleep", "60"])
      defer { sleeper.signal(SIGKILL) }
      let ugc = Executable.path("ugc")
      let unknown = try Subprocess([ugc, "\(sleeper.pid)"])
      #expect(try unknown.wait() == .exited(64))
      #expect(unknown.errors.text.contains("use --language"))
      let none = try Subprocess([ugc, "-l", "node", "\(sleeper.pid)"])
      #expect(try none.wait() == .exited(69))
      #expect(none.errors.text.contains("has no probes such as node:gc__done: run Node.js up to"))
      #expect(none.errors.text.split(separator: "\n").count == 1)
    }

    @Test("the table has the columns of bcc's tool")
    func table() throws {
      for (options, unit) in [([], "(us)"), (["-m"], "(ms)")] {
        let workload = try Workload("garbage", "23", "python", "1000")
        let run = try TracedRun("ugc", ["-l", "python", "\(workload.pid)"] + options)
        try workload.run()
        let lines = try run.stop().lines
        #expect(lines.first?.split(separator: " ") == ["START", "TIME", "\(unit)", "DESCRIPTION"])
        #expect(
          lines.count == 24 && lines.last?.hasSuffix(" gen 1 GC collected 22 objects") == true)
        let duration = Double(lines.last?.split(separator: " ").dropFirst().first ?? "") ?? 0
        #expect(duration >= (options.isEmpty ? 1000 : 1) && duration < 1_000_000)
      }
    }

    private static let python = "/usr/bin/python3.11"

    @Test(
      "of a real CPython it shows as many as are asked for",
      .enabled(if: File.exists(python), "there is no CPython 3.11 of Debian"))
    func realPython() throws {
      let folder = try Scratch()
      let source = try folder.file(
        "collect.py",
        """
        import gc, sys
        gc.disable()
        print("ready python", flush=True)
        sys.stdin.readline()
        for done in range(23): gc.collect(done % 3)
        import os
        os._exit(0)
        """)
      let workload = try Workload([source], program: Self.python)
      let run = try TracedRun("ugc", ["\(workload.pid)", "--json"])
      try workload.run()
      let rows = try run.stop().rows()
      #expect(rows.count == 23)
      for (done, row) in rows.enumerated() {
        #expect((row["description"] ?? "").hasPrefix("gen \(done % 3) GC collected "))
      }
    }
  }
}
