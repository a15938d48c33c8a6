import Foundation
import Testing
import TraceKit

extension Live {
  /// tplist lists what the kernel and a workload declare.
  @Suite struct ProbeLists {
    /// Those that no other mode of the program has.
    private static let declared = ["fake:guarded", "fake:twice", "python:line"]

    private func list(_ arguments: [String], environment: [String] = []) throws -> RunResult {
      let launcher =
        environment.isEmpty ? [] : [Executable.path("workload"), "env"] + environment + ["--"]
      let process = try Subprocess(launcher + [Executable.path("tplist")] + arguments)
      let end = try process.wait()
      return RunResult(
        end: end, output: process.output.data, errors: process.errors.text, leftInKernel: "")
    }

    @Test("the probes of a file and of a process are those that it declares")
    func probes() throws {
      let program = Executable.path("workload")
      let workload = try Workload("probes", "0")
      for arguments in [["-l", program], ["-p", "\(workload.pid)"]] {
        let result = try list(["--json"] + arguments)
        #expect(result.end == .exited(0), "\(result.errors)")
        let rows = try result.rows().filter { row in
          let isOwn = row["provider"] == "fake" || row["probe"] == "python:line"
          return isOwn && row["file"]?.hasSuffix("/workload") == true
        }
        #expect(rows.map { $0["probe"] ?? "" } == Self.declared)
        #expect(rows.allSatisfy { $0["type"] == "probe" })
        let places = rows.map { $0.texts("locations") }
        #expect(places.map(\.count) == [1, 2, 1])
        #expect(places[0][0].contains(" semaphore 0x") && places[0][0].contains(" -8@"))
        #expect(places[1].allSatisfy { $0.hasPrefix("0x") && !$0.contains("semaphore") })
      }
    }

    @Test("the table has a line for each, as that of bcc, and with -v its places")
    func table() throws {
      let program = Executable.path("workload")
      let names = try list(["-l", program, "fake:*"]).lines
      #expect(names.map(String.init) == ["fake:guarded", "fake:twice"].map { "\(program) \($0)" })
      let places = try list(["-v", "-l", program, "fake:twice"]).lines
      #expect(places.count == 3 && places[0] == "\(program) fake:twice")
      #expect(places.dropFirst().allSatisfy { $0.hasPrefix("    0x") })
    }

    @Test("tracepoints are those of tracefs, with their fields")
    func tracepoints() throws {
      guard let tracefs = KernelFeatures.tracefs else { return }
      let events = tracefs + "/events/sched"
      let expected = File.subdirectories(of: events).sorted().map { "sched:\($0)" }
      try #require(expected.contains("sched:sched_switch"))
      let names = try list(["sched:*"]).lines
      #expect(names.map(String.init) == expected)
      let one = try list(["-v", "sched:sched_switch"]).lines
      #expect(one.first == "sched:sched_switch")
      #expect(one.contains("    pid_t prev_pid;") && !one.contains { $0.contains("common_") })
      let rows = try list(["--json", "sched:sched_switch"]).rows()
      #expect(rows.count == 1 && rows[0]["category"] == "sched")
      #expect(rows[0].texts("fields").contains("pid_t next_pid;"))
      #expect(try list(["no:such"]).lines.isEmpty)
    }

    @Test("what cannot be listed is said in one sentence")
    func refusals() throws {
      for (arguments, words) in [
        (["-p", "4194304"], "there is no process 4194304"),
        (["-l", "/etc/passwd"], "is not a program or library"),
        (["-l", "/no/such"], "there is no file '/no/such'"),
        (["-l", "no-such-library"], "there is no library or program"),
      ] {
        let result = try list(arguments)
        #expect(result.end == .exited(64) && result.output.isEmpty)
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.errors.contains(words), "\(result.errors)")
      }
      let hidden = try list(["sched:*"], environment: Restrictions.withoutTracefs)
      #expect(hidden.end == .exited(69))
      #expect(hidden.errors.contains("tracefs is not mounted"), "\(hidden.errors)")
    }
  }
}
