import Foundation
import Testing
import TraceKit

extension Live {
  /// bashreadline shows each of 23 lines that are typed.
  @Suite(.enabled(if: !Plan.offered("bashreadline").isEmpty, "the kernel has no uprobes"))
  struct TypedLines {
    private func trace(
      _ arguments: [String], _ options: [String] = ["--pid", "@"], number: Int = 23
    ) throws -> (rows: [Row], result: RunResult, typist: Int) {
      let workload = try Workload(["typings", "\(number)"] + arguments)
      let typist = try #require(Int(workload.announcement))
      let named = options.map { $0.replacingOccurrences(of: "@", with: "\(typist)") }
      let run = try TracedRun("bashreadline", named + ["--json"])
      try workload.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      return (try result.rows().filter { $0["pid"] == typist }, result, typist)
    }

    private let lines = (1...23).map { "true \($0)" }

    @Test(
      "23 lines that are typed into bash are 23 rows, the one that it waits for included",
      .enabled(if: File.exists("/bin/bash"), "there is no bash"),
      arguments: [["--pid", "@"], [], ["--comm", "bash"], ["--uid", "0"]])
    func bash(_ options: [String]) throws {
      let (rows, result, _) = try trace(["bash"], options)
      #expect(rows.map { $0["command"] ?? "" } == lines)
      #expect(rows.allSatisfy { $0["comm"] == "bash" && $0.bool("cut") == false })
      #expect(try result.summary()["lost"] == 0)
    }

    @Test(
      "other users, processes and names are left out",
      .enabled(if: File.exists("/bin/bash"), "there is no bash"),
      arguments: [["--pid", "1"], ["--uid", "65533"], ["--comm", "zsh"]])
    func filtered(_ options: [String]) throws {
      #expect(try trace(["bash"], options).rows.isEmpty)
    }

    @Test("a line is one row at whichever of its two functions", arguments: ["function", "split"])
    func functions(_ how: String) throws {
      let (rows, result, _) = try trace([how])
      #expect(rows.map { $0["command"] ?? "" } == lines)
      #expect(try result.summary()["seen"] == 23)
    }

    static let library = [
      "/usr/lib/x86_64-linux-gnu/libreadline.so.8", "/usr/lib/aarch64-linux-gnu/libreadline.so.8",
    ].first(where: File.exists)

    @Test(
      "lines of libreadline are those of processes named bash, unless others are chosen",
      .enabled(if: library != nil, "there is no libreadline"))
    func shared() throws {
      let library = try #require(Self.library)
      for options in [["-s", library], [], ["--pid", "@"]] {
        let rows = try trace(["library", library], options).rows
        #expect(rows.map { $0["command"] ?? "" } == lines, "\(options)")
      }
    }

    @Test("a shell that starts while the tool runs is traced too", .alone)
    func later() throws {
      let root = try Scratch()
      let copy = try root.copy(of: Executable.path("workload"), as: "workload")
      let run = try TracedRun("bashreadline", ["--json"])
      let workload = try Workload(["typings", "23"], program: copy)
      try waitFor("the new program to be probed") {
        run.process.errors.text.contains("also attached to \(copy)")
      }
      try workload.run()
      let result = try run.stop()
      let rows = try result.rows().filter { $0["pid"] == workload.pid }
      #expect(rows.map { $0["command"] ?? "" } == lines)
      #expect(result.leftInKernel == "")
    }

    @Test("the table has the columns of libbpf-tools")
    func table() throws {
      let workload = try Workload("typings", "23")
      let run = try TracedRun("bashreadline", ["--pid", "\(workload.pid)"])
      try workload.run()
      let lines = try run.stop().lines
      #expect(lines.first?.split(separator: " ") == ["TIME", "PID", "COMMAND"])
      #expect(lines.count == 24 && lines.last?.hasSuffix(" true 23") == true)
    }
  }
}
