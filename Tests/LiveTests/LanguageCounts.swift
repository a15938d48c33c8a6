import Foundation
import Testing
import TraceKit

extension Live {
  /// ucalls, uobjnew and ustat count what a workload does 23 times by the probes of languages.
  @Suite(.enabled(if: !Plan.offered("ustat").isEmpty, "the kernel has no uprobes"))
  struct LanguageCounts {
    /// - Parameter options: @ stands for the process.
    private func trace(
      _ tool: String, _ options: [String], _ arguments: [String] = ["java"], plan: String? = nil
    ) throws -> RunResult {
      let workload = try Workload(["languages", "23"] + arguments)
      let result = try TracedRun.result(of: tool, options, over: workload, plan: plan)
      #expect(try result.summary()["lost"] == 0)
      return result
    }

    private func counts(
      _ result: RunResult, _ name: String, _ count: String
    ) throws -> [String: Int] {
      let rows = try result.rows().map { ($0[name] ?? "", $0[count] ?? -1) }
      return Dictionary(uniqueKeysWithValues: rows)
    }

    private func calls(
      _ options: [String], _ arguments: [String] = ["java"], plan: String? = nil
    ) throws -> [String: Int] {
      try counts(trace("ucalls", ["-p", "@"] + options, arguments, plan: plan), "method", "calls")
    }

    private static let all = ["Work.outer": 23, "Work.inner": 46, "Work.thrown": 23]

    @Test(
      "each method as often as it was called",
      arguments: ["java", "perl", "php", "python", "ruby", "tcl"])
    func methods(_ language: String) throws {
      let prefix = language == "tcl" ? "Work." : ""
      let wanted = Self.all.map { ($0.key.dropFirst(prefix.count), $0.value) }
      let found = try calls(["-l", language], [language])
      #expect(found.count == 3 && wanted.allSatisfy { found[String($0)] == $1 }, "\(found)")
    }

    @Test("how long they took, but for those that did not return", arguments: ["java", "ruby"])
    func latencies(_ language: String) throws {
      let rows = try trace(
        "ucalls", ["-p", "@", "-l", language, "-L"], [language, "2000"]
      ).rows()
      #expect(rows.map { $0["method"] } == ["Work.inner", "Work.outer"])
      #expect(rows.map { $0["calls"] } == [46, 23])
      let times = rows.map { $0.number("total_us") }
      #expect(times.allSatisfy { $0 >= 46 * 2000 && $0 < 46 * 1_000_000 } && times[0] <= times[1])
      let top = try trace(
        "ucalls", ["-p", "@", "-l", language, "-Lm", "-T", "1"], [language, "2000"])
      #expect(try top.rows().map { $0["method"] } == ["Work.outer"])
      #expect(try top.rows().allSatisfy { $0.number("total_ms") >= 92 })
      #expect(try top.summary()["filtered"] == 46)
    }

    @Test(
      "system calls beside methods, or alone",
      arguments: Plan.offered("ucalls", "-S", "-l", "none"))
    func systemCalls(_ plan: Plan) throws {
      for more in [[], ["-L"]] {
        let both = try calls(["-l", "java", "-S"] + more, plan: plan.hooks)
        #expect(both["getppid"] == 46 && both["Work.inner"] == 46, "\(more)")
        #expect(both["Work.thrown"] == (more.isEmpty ? 23 : nil))
      }
      let alone = try calls(["-l", "none", "-SL"], plan: plan.hooks)
      #expect(alone["getppid"] == 46 && alone["Work.inner"] == nil)
      let rows = try trace("ucalls", ["-p", "1", "-l", "none", "-S"], plan: plan.hooks).rows()
      #expect(rows.allSatisfy { $0["method"] != "getppid" })
    }

    @Test("filters let their own through, and keep others out", .alone)
    func filters() throws {
      for options in [["--comm", "workload"], ["-p", "1,@"], ["--tid", "@"]] {
        let calls = try trace("ucalls", ["-l", "java"] + options)
        #expect(try counts(calls, "method", "calls") == Self.all, "\(options)")
      }
      let objects = try trace("uobjnew", ["-l", "java", "--comm", "workload"])
      #expect(try counts(objects, "name", "allocations")["Item"] == 23)
      for (tool, options) in [
        ("ucalls", ["--comm", "java"]), ("ucalls", ["--uid", "65533"]),
        ("uobjnew", ["--comm", "java"]), ("ustat", ["60", "--comm", "java"]),
      ] {
        #expect(try trace(tool, options).rows().isEmpty, "\(tool) \(options)")
      }
      #expect(try trace("ustat", ["60", "-p", "@", "-l", "ruby"]).rows().isEmpty)
    }

    @Test(
      "the language of a process is known by its program", arguments: ["ruby3.1", "php-fpm8.2"])
    func detection(_ name: String) throws {
      let folder = try Scratch()
      let program = try folder.copy(of: Executable.path("workload"), as: name)
      let workload = try Workload(
        ["languages", "23", name.hasPrefix("php") ? "php" : "ruby"], program: program)
      let tool = try Subprocess(
        [Executable.path("ucalls"), "--verbose", "--json", "\(workload.pid)", "60"])
      try TracedRun.awaitAttachmentOrEnd(of: tool, "ucalls")
      try workload.run()
      tool.signal(SIGINT)
      let end = try tool.wait()
      let result = RunResult(
        end: end, output: tool.output.data, errors: tool.errors.text, leftInKernel: "")
      #expect(end == .exited(0), "\(result.errors)")
      #expect(try counts(result, "method", "calls") == Self.all)
    }

    @Test("a process whose runtime has no probes is refused, with what to do")
    func withoutProbes() throws {
      let process = try Subprocess(["/bin/cat"])
      let lines: [(String, [String], String)] = [
        ("ucalls", ["-l", "perl"], "-Dusedtrace"), ("uobjnew", ["-l", "ruby"], "--enable-dtrace"),
        ("ucalls", [], "--syscalls"),
      ]
      for (name, options, advice) in lines {
        let tool = try Subprocess([Executable.path(name)] + options + ["\(process.pid)"])
        #expect(try tool.wait() == .exited(69), "\(name)")
        let errors = tool.errors.text
        #expect(errors.contains(advice) && errors.split(separator: "\n").count == 1, "\(errors)")
      }
      process.signal(SIGKILL)
    }

    @Test("each type as often as an object was made, with its bytes")
    func objects() throws {
      let cases: [(String, [String: [Int?]])] = [
        ("java", ["Item": [23, 23 * 16], "string": [23, 23 * 40]]),
        ("ruby", ["Item": [23, nil], "string": [23, 23 * 40]]), ("tcl", ["<ALL>": [46, nil]]),
      ]
      for (language, wanted) in cases {
        let rows = try trace("uobjnew", ["-p", "@", "-l", language], [language]).rows()
        let found = Dictionary(
          uniqueKeysWithValues: rows.map { row -> (String, [Int?]) in
            (row["name"] ?? "", [row["allocations"], row["bytes"]])
          })
        #expect(found == wanted, "\(language)")
      }
    }

    @Test("memory by its size, of one process alone")
    func memory() throws {
      let rows = try trace("uobjnew", ["-p", "@", "-l", "c"], ["c"]).rows()
      for size in [1000, 3000] {
        let row = try #require(rows.first { $0["size"] == size })
        #expect(row["allocations"] == 23 && row["bytes"] == 23 * size)
        #expect(row["name"] == "block size \(size)")
      }
      let all = try Subprocess([Executable.path("uobjnew"), "-l", "c"])
      #expect(try all.wait() == .exited(64))
      #expect(all.errors.text.contains("needs one process"))
    }

    @Test("the greatest come last, and others are left out on request")
    func top() throws {
      let java = ["-p", "@", "-l", "java"]
      #expect(try trace("uobjnew", java).rows().map { $0["name"] } == ["Item", "string"])
      for option in ["-C", "-S"] {
        let result = try trace("uobjnew", java + [option, "1"])
        #expect(try result.rows().count == 1)
        #expect(try result.summary()["filtered"] == 23)
      }
      #expect(try trace("uobjnew", java + ["-S", "1"]).rows()[0]["name"] == "string")
      #expect(try trace("ucalls", java + ["-T", "1"]).rows()[0]["method"] == "Work.inner")
    }

    @Test("names that are long, nowhere or no text harm nobody")
    func hostile() throws {
      let rows = try trace("uobjnew", ["-p", "@", "-l", "ruby"], ["hostile"]).rows()
      #expect(rows.allSatisfy { $0["allocations"] == 23 || $0["allocations"] == 46 })
      #expect(rows.contains { $0["name"] == String(repeating: "x", count: 79) })
      #expect(rows.contains { $0["name"]?.hasPrefix("\u{1b}[31m") == true })
      let methods = try trace("ucalls", ["-p", "@", "-l", "ruby", "-L"], ["hostile"]).rows()
      #expect(methods.map { $0["calls"] } == [23, 23])
    }

    private static let told: [(String, [Int])] = [
      ("java", [92, 23, 46, 23, 0, 23]), ("node", [0, 23, 0, 0, 0, 0]),
      ("perl", [92, 0, 0, 0, 0, 0]), ("php", [92, 0, 0, 23, 23, 0]),
      ("python", [92, 23, 0, 0, 0, 0]), ("ruby", [92, 23, 46, 23, 23, 0]),
      ("tcl", [92, 0, 46, 0, 0, 0]),
    ]

    @Test("ustat counts what each language tells", arguments: told)
    func activities(_ language: String, _ wanted: [Int]) throws {
      let keys = ["methods", "collections", "objects", "classes", "exceptions", "threads"]
      let rows = try trace("ustat", ["60", "-p", "@"], [language]).rows()
      #expect(rows.count == 1)
      for row in rows {
        #expect(keys.map { row[$0] ?? -1 } == wanted)
        #expect(row["comm"] == "workload")
      }
    }

    private static let machines = [
      "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "/usr/lib/jvm/temurin-25-jdk-amd64/bin/java",
    ].filter(File.exists)

    private static let program = """
      public class Work23 {
        static class Item { long first, second; }
        static Item last;
        static void outer() { last = new Item(); }
        public static void main(String[] arguments) throws Exception {
          System.out.println("ready java");
          System.in.read();
          for (int done = 0; done < 23; done++) outer();
        }
      }
      """

    @Test(
      "methods and objects of a real Java machine",
      .enabled(if: !machines.isEmpty, "there is no Java"), arguments: machines)
    func java(_ machine: String) throws {
      let folder = try Scratch()
      let source = try folder.file("Work23.java", Self.program)
      let workload = try Workload(
        ["-XX:+UseSerialGC", "-XX:+DTraceMethodProbes", "-XX:+DTraceAllocProbes", source],
        program: machine)
      let process = ["--json", "-p", "\(workload.pid)"]
      let runs = [
        try TracedRun("ucalls", process), try TracedRun("ucalls", process + ["-L"]),
        try TracedRun("uobjnew", process), try TracedRun("ustat", process + ["60"]),
      ]
      try workload.run()
      let results = try runs.map { try $0.stop() }
      for result in results[..<2] {
        #expect(try counts(result, "method", "calls")["Work23.outer"] == 23)
      }
      let items = try #require(results[2].rows().first { $0["name"] == "Work23$Item" })
      // That of 17 does not say how many bytes most objects have.
      let bytes: Int? = items["bytes"]
      #expect(items["allocations"] == 23 && bytes == (machine.contains("-17-") ? nil : 23 * 32))
      let all = try #require(results[3].rows().first)
      #expect(all["methods"] ?? 0 >= 23 && all["objects"] ?? 0 >= 23)
    }

    @Test("the tables have the columns of bcc's tools")
    func tables() throws {
      let workload = try Workload("languages", "23", "java", "20000")
      let pid = "\(workload.pid)"
      let runs = [
        try TracedRun("ucalls", ["-p", pid, "-L"]), try TracedRun("uobjnew", ["-p", pid]),
        try TracedRun("ustat", ["-p", pid, "-C", "-S", "gc", "0.3"]),
      ]
      workload.go()
      try waitFor("a table of ustat") { runs[2].process.output.text.contains("\n\(pid) ") }
      _ = try workload.finish()
      let tables = try runs.map { try $0.stop().lines }
      let headings = [
        "METHOD # CALLS TIME (us)", "NAME/TYPE # ALLOCS # BYTES",
        "PID CMDLINE METHOD/s GC/s OBJNEW/s CLOAD/s EXC/s THR/s",
      ]
      for (table, heading) in zip(tables, headings) {
        #expect(table.contains { $0.split(separator: " ").joined(separator: " ") == heading })
        #expect(table.allSatisfy { $0.count <= 80 }, "\(table)")
      }
      #expect(tables[2].contains { $0.contains("loadavg: ") })
    }
  }
}
