import Foundation
import Glibc
import Testing
import TraceKit

extension Live {
  /// bpflist counts what processes hold.
  @Suite struct Holders {
    private func list(_ arguments: [String], environment: [String] = []) throws -> RunResult {
      let launcher =
        environment.isEmpty ? [] : [Executable.path("workload"), "env"] + environment + ["--"]
      let process = try Subprocess(launcher + [Executable.path("bpflist")] + arguments)
      let end = try process.wait()
      return RunResult(
        end: end, output: process.output.data, errors: process.errors.text, leftInKernel: "")
    }

    /// How many of each kind a process has.
    private func counts(of pid: Int, _ arguments: [String] = []) throws -> [String: Int] {
      let result = try list(["--json", "-p", "\(pid)"] + arguments)
      #expect(result.end == .exited(0) && result.errors.isEmpty, "\(result.errors)")
      let rows = try result.rows().filter { $0["type"] == "holder" }
      var counts: [String: Int] = [:]
      for row in rows { counts[row["kind"] ?? "", default: 0] += row["count"] ?? 0 }
      return counts
    }

    @Test("23 maps and 5 programs are that, of this process and of no other")
    func numbers() throws {
      let workload = try Workload("holdings", "23", "5", "0")
      let other = try Workload("holdings", "0", "0", "0")
      #expect(try counts(of: workload.pid) == ["map": 23, "prog": 5])
      #expect(try counts(of: other.pid) == [:])
      let rows = try list(["--json"]).rows()
      let own = rows.filter { $0["pid"] == workload.pid }
      #expect(own.map { $0["kind"] ?? "" } == ["prog", "map"])
      #expect(own.map { $0["count"] ?? 0 } == [5, 23])
      #expect(own.allSatisfy { $0["comm"] == "workload" && $0["type"] == "holder" })
      #expect(!rows.contains { $0["pid"] == other.pid })
    }

    @Test("the table is that of bcc")
    func table() throws {
      let workload = try Workload("holdings", "23", "5", "0")
      let lines = try list(["-p", "\(workload.pid)"]).lines.map { $0.split(separator: " ") }
      let pid = Substring("\(workload.pid)")
      #expect(
        lines == [
          ["PID", "COMM", "TYPE", "COUNT"], [pid, "workload", "prog", "5"],
          [pid, "workload", "map", "23"],
        ])
    }

    @Test("a main thread that has ended hides nothing, and many files before them neither")
    func hidden() throws {
      let orphan = try Workload("holdings", "23", "5", "10", "orphan")
      #expect(try counts(of: orphan.pid) == ["map": 23, "prog": 5])
      let hoarder = try Workload("holdings", "23", "5", "15000")
      #expect(try counts(of: hoarder.pid) == ["map": 23, "prog": 5])
    }

    @Test("each has its number, type and name, and the path where it is pinned")
    func objects() throws {
      let scratch = try Scratch()
      try #require(mount("bpf", scratch.path, "bpf", 0, nil) == 0)
      defer { umount2(scratch.path, Int32(MNT_DETACH)) }
      let path = scratch.path + "/first"
      let workload = try Workload("holdings", "23", "5", "0", path)
      let rows = try list(["--json", "-o", "-p", "\(workload.pid)"]).rows()
      let maps = rows.filter { $0["kind"] == "map" }
      let programs = rows.filter { $0["kind"] == "prog" }
      #expect(maps.count == 23 && programs.count == 5 && rows.count == 28)
      #expect(rows.allSatisfy { $0["type"] == "object" && $0.number("count") == 1 })
      #expect(Set(rows.map { "\($0["kind"]!) \($0.number("id"))" }).count == 28)
      #expect(maps.allSatisfy { $0["name"] == "held_map" })
      #expect(programs.allSatisfy { $0["name"] == "held_program" })
      if KernelFeatures.hasTypes {
        #expect(maps.allSatisfy { $0["subtype"] == "array" })
        #expect(programs.allSatisfy { $0["subtype"] == "socket_filter" })
      }
      #expect(maps.filter { $0.texts("paths") == [path] }.count == 1)
      #expect(maps.filter { $0.texts("paths").isEmpty }.count == 22)
      // Only the file keeps it when the process is gone.
      let pinned = try #require(maps.first { $0.texts("paths") == [path] }).number("id")
      workload.kill()
      try waitFor("the map to be nobody's") {
        let found = try list(["--json", "-o"]).rows().first {
          $0["kind"] == "map" && $0.number("id") == pinned
        }
        return found.map { ($0["pid"] as Int?) == nil } == true && found?.texts("paths") == [path]
      }
    }

    @Test("a tool holds what it attached, and nothing when it has ended")
    func tool() throws {
      let run = try TracedRun("opensnoop", ["-p", "1"])
      let counted = try counts(of: Int(run.process.pid), ["-v"])
      let folder = "/proc/\(run.process.pid)/fd"
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
      }
      for (kind, name) in [("prog", "bpf-prog"), ("map", "bpf-map"), ("link", "bpf_link")] {
        let held = files.filter { $0 == "anon_inode:\(name)" }.count
        #expect(held > 0 && counted[kind] == held, "\(kind): \(counted)")
      }
      #expect(counted["uprobe"] == nil && counted["kprobe"] == nil, "\(counted)")
      let pid = run.process.pid
      _ = try run.stop()
      #expect(try list(["-p", "\(pid)"]).errors.contains("there is no process \(pid)"))
    }

    @Test("uprobes are counted and printed with their places, also many by one link")
    func probes() throws {
      // As the kernel names it.
      let program = URL(filePath: Executable.path("workload")).resolvingSymlinksInPath().path
      let workload = try Workload("asks", "0")
      let run = try TracedRun(
        "funccount", ["-p", "\(workload.pid)", "\(program):asked_*"])
      let counted = try counts(of: Int(run.process.pid), ["-v"])
      // asked_before and asked_function.
      #expect(counted["uprobe"] == 2 && counted["kprobe"] == nil, "\(counted)")
      let rows = try list(["--json", "-vo", "-p", "\(run.process.pid)"]).rows()
      let probes = rows.filter { $0["kind"] == "uprobe" }
      #expect(probes.reduce(0) { $0 + ($1["count"] ?? 0) } == 2)
      #expect(probes.allSatisfy { $0["subtype"] == "entry" && ($0["name"] as String?) != nil })
      #expect(
        probes.allSatisfy {
          $0["name"]?.contains("\(program):0x") == true || $0["name"]?.hasPrefix("link ") == true
        }, "\(probes)")
      let all = try list(["-vv"]).text
      #expect(all.contains("open kprobes:\n") && all.contains("open uprobes:\n"))
      #expect(all.contains("p:perf/\(run.process.pid) "), "\(all)")
      _ = try run.stop()
    }

    @Test("a probe that somebody defined in tracefs belongs to the process in its name")
    func definitions() throws {
      guard let events = KernelFeatures.tracefs.map({ $0 + "/uprobe_events" }),
        let file = FileHandle(forUpdatingAtPath: events)
      else { return }
      let workload = try Workload("holdings", "0", "1", "0")
      let names = ["live_a_bcc_\(workload.pid)", "live_b_bcc_\(workload.pid)", "live_foreign"]
      let program = Executable.path("workload")
      for name in names {
        try file.write(contentsOf: Data("p:live/\(name) \(program):0x1000\n".utf8))
      }
      defer {
        for name in names { try? file.write(contentsOf: Data("-:live/\(name)\n".utf8)) }
      }
      #expect(try counts(of: workload.pid, ["-v"]) == ["prog": 1, "uprobe": 2])
      let rows = try list(["--json", "-v"]).rows()
      #expect(rows.contains { ($0["pid"] as Int?) == nil && $0["kind"] == "uprobe" })
      for (options, count) in [([], 3), (["-p", "\(workload.pid)"], 2), (["-p", "1"], 0)] {
        let lines = try list(["-vv"] + options).lines
        #expect(lines.count { $0.hasPrefix("p:live/") } == count, "\(options): \(lines)")
      }
    }

    @Test("processes that end meanwhile are none of its troubles")
    func ended() throws {
      let shell = try Subprocess([
        "/bin/sh", "-c", "while :; do /bin/true & /bin/true & wait; done",
      ])
      defer { shell.signal(SIGKILL) }
      for _ in 0..<5 {
        let result = try list(["-vo"])
        #expect(result.end == .exited(0) && result.errors.isEmpty, "\(result.errors)")
      }
    }

    @Test("what may not be read is said in one sentence")
    func refusals() throws {
      for (arguments, status, words) in [
        (["-p", "4194304"], Int32(64), "there is no process 4194304"),
        (["-p", "0"], 64, "-p"),
      ] {
        let result = try list(arguments)
        #expect(result.end == .exited(status) && result.output.isEmpty)
        #expect(result.errors.contains(words), "\(result.errors)")
      }
      let user = ["--uid", "65534"]
      let some = try list([], environment: user)
      #expect(some.end == .exited(0) && some.errors.contains("processes could not be read"))
      let process = try list(["-p", "1"], environment: user)
      #expect(process.end == .exited(77) && process.output.isEmpty, "\(process.errors)")
      let objects = try list(["-o", "-p", "\(getpid())"], environment: user)
      #expect(objects.end == .exited(77) && objects.output.isEmpty, "\(objects.errors)")
    }
  }
}
