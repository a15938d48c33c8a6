import Foundation
import Testing

extension Live {
  /// A tool with nothing to show sleeps: only its interval, an event or its end wakes it.
  @Suite struct Idle {
    /// One of each runner, with an interval that does not end within the test.
    static let tools: [(name: String, arguments: [String])] = [
      ("opensnoop", ["-p", "@pid"]), ("runqlat", ["-p", "@pid"]), ("profile", ["-p", "@pid"]),
      ("syscount", ["-p", "@pid"]), ("filetop", ["-p", "@pid", "600"]), ("cachestat", ["600"]),
    ].filter { tool in ToolCase.all.contains { $0.name == tool.0 } }

    /// How often its threads and its children went to sleep so far.
    private static func sleeps(_ pid: pid_t) -> Int {
      let tasks = "/proc/\(pid)/task"
      let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
      return threads.reduce(0) { sum, thread in
        let place = "\(tasks)/\(thread)"
        let status = (try? String(contentsOfFile: place + "/status", encoding: .utf8)) ?? ""
        let own = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches") }
        let children = (try? String(contentsOfFile: place + "/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").compactMap { pid_t($0) }.reduce(
          sum + (own?.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
        ) { $0 + sleeps($1) }
      }
    }

    @Test("within two seconds each of them wakes at most twice, and an event is shown at once")
    func wakeups() throws {
      let workload = try Workload("opens", "1", "openat", "/etc/passwd", "0", "0")
      let runs = try Self.tools.map { tool in
        try TracedRun(
          tool.name, ["--json"] + tool.arguments.map { $0 == "@pid" ? "\(workload.pid)" : $0 })
      }
      var before: [Int] = []
      try waitFor("all of them to come to rest") {
        usleep(300_000)
        let now = runs.map { Self.sleeps($0.process.pid) }
        defer { before = now }
        return now == before
      }
      usleep(2_000_000)
      for (run, before) in zip(runs, before) {
        let count = Self.sleeps(run.process.pid) - before
        #expect(count <= 2, "\(run.tool) woke \(count) times")
      }
      try workload.run()
      // Without a wake-up it would look again after a minute.
      try waitFor("a row", seconds: 30) { !runs[0].process.output.data.isEmpty }
      for run in runs { #expect(try run.stop().end == .exited(0)) }
    }
  }
}
