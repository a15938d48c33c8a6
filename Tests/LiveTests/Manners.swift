import Foundation
import Glibc
import Testing

extension Live {
  /// How a tool ends, and where its output goes.
  @Suite struct Manners {
    static let tools = Plan.tools

    @Test(
      "SIGINT, SIGTERM and SIGHUP print the result and end with status 0",
      arguments: tools, [SIGINT, SIGTERM, SIGHUP])
    func signals(_ tool: String, _ signal: Int32) throws {
      let result = try TracedRun(tool).stop(signal)
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(try result.summary()["lost"] == 0)
      #expect(result.leftInKernel == "")
    }

    @Test("a signal to the process and to its group, as timeout(1) sends it, is one")
    func doubledSignal() throws {
      for _ in 0..<40 {
        let run = try TracedRun("opensnoop", ["--json", "-p", "1"])
        run.process.signal(SIGTERM)
        let result = try run.stop(SIGTERM)
        #expect(result.end == .exited(0))
      }
    }

    @Test("a second signal ends it at once while its reader is stuck", arguments: tools)
    func secondSignal(_ tool: String) throws {
      let pipe = try FullPipe()
      let run = try TracedRun(tool, output: .descriptor(pipe.write))
      pipe.closeWrite()
      run.process.signal(SIGINT)
      try waitFor("the first signal to be taken") { try !Self.blocksSIGINT(run.process.pid) }
      #expect(run.process.poll() == nil, "it did not wait for its reader")
      run.process.signal(SIGINT)
      let result = try run.finish(seconds: 5 * Patience.factor)
      #expect(result.end == .killed(SIGINT))
      #expect(result.leftInKernel == "")
    }

    @Test("a reader that comes late gets the whole result", arguments: tools)
    func lateReader(_ tool: String) throws {
      let pipe = try FullPipe()
      let run = try TracedRun(tool, output: .descriptor(pipe.write))
      pipe.closeWrite()
      run.process.signal(SIGINT)
      try waitFor("the signal to be taken") { try !Self.blocksSIGINT(run.process.pid) }
      let text = pipe.readAll().drop { $0 == 0 }
      #expect(try run.finish().end == .exited(0))
      #expect(String(decoding: text, as: UTF8.self).contains(#""type":"summary""#))
    }

    private static func blocksSIGINT(_ pid: pid_t) throws -> Bool {
      let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
      let bits = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) }
      return (bits ?? 0) & 1 << UInt64(SIGINT - 1) != 0
    }

    /// What makes a tool print now and then that would print at its end only.
    private static let intervals = [
      "biolatency": ["0.1"], "biotop": ["0.1"], "cachestat": ["0.1"], "fsdist": ["0.1"],
      "funclatency": ["-i", "0.1"],
      "offcputime": ["--interval", "0.1"], "profile": ["--interval", "0.1"], "runqlat": ["0.1"],
      "syscount": ["-i", "0.1"],
    ]

    @Test("a reader that goes after one line ends it quietly", arguments: tools)
    func readerGoes(_ tool: String) throws {
      let (read, write) = try Subprocess.pipe()
      let interval = Self.intervals[tool].map { ["--json"] + $0 } ?? []
      let run = try TracedRun(tool, interval, output: .descriptor(write))
      close(write)
      // A stream has its header, runqlat a wait; a disk may be idle.
      if !["biolatency", "biotop", "fsdist"].contains(tool) {
        var byte: UInt8 = 0
        var state = pollfd(fd: read, events: Int16(POLLIN), revents: 0)
        while byte != UInt8(ascii: "\n") {
          try #require(poll(&state, 1, Int32(Patience.seconds * 1000)) == 1, "no line came")
          try #require(Glibc.read(read, &byte, 1) == 1, "no line came")
        }
      }
      close(read)
      let result = try run.finish()
      #expect(result.end == .exited(0))
      let told = result.errors.split(separator: "\n").filter { !$0.hasPrefix("\(tool): not by") }
      #expect(told.count == 1, "\(result.errors)")
      #expect(result.leftInKernel == "")
    }

    @Test(
      "a closed standard output and a full disk are told, with status 1",
      arguments: tools, ["closed", "full"])
    func badOutput(_ tool: String, _ kind: String) throws {
      let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
      defer { close(full) }
      let process = try TracedRun.startOrEnd(
        tool, ["--json"], environment: kind == "closed" ? ["--close", "1"] : [],
        output: kind == "closed" ? .memory : .descriptor(full))
      process.signal(SIGINT)
      #expect(try process.wait() == .exited(1), "\(process.errors.text)")
      #expect(
        process.errors.text.contains("\(tool): cannot write the output"), "\(process.errors.text)")
      #expect(process.output.data.isEmpty)
    }

    @Test("a full disk under --output is told, with status 1", arguments: tools)
    func fullFile(_ tool: String) throws {
      let result = try TracedRun(tool, ["--json", "--output", "/dev/full"]).stop()
      #expect(result.end == .exited(1))
      #expect(
        result.errors.hasSuffix(
          "\(tool): cannot write the output: No space left on device (ENOSPC)\n"),
        "\(result.errors)")
      #expect(result.leftInKernel == "")
    }

    @Test("a closed standard error changes nothing of the result", arguments: tools)
    func closedErrors(_ tool: String) throws {
      let process = try TracedRun.start(
        tool, ["--json", "--stats", "--duration", "0.3"], environment: ["--close", "2"])
      #expect(try process.wait() == .exited(0))
      #expect(process.errors.data.isEmpty)
      #expect(process.output.text.contains(#""type":"summary""#))
    }

    @Test("a closed standard input and no terminal change nothing", arguments: tools)
    func detached(_ tool: String) throws {
      for environment in [["--close", "0"], ["--setsid"], ["--setsid", "--close", "0"]] {
        let result = try TracedRun(tool, environment: environment).stop()
        #expect(result.end == .exited(0), "\(environment): \(result.errors)")
        #expect(try result.summary()["lost"] == 0)
      }
    }

    @Test("timeout TOOL | cat prints the result", arguments: tools)
    func timeoutToPipe(_ tool: String) throws {
      let seconds = Patience.isEmulated ? 5 : 2
      let needed = TracedRun.needed(tool).joined(separator: " ")
      let command = "timeout \(seconds) '\(Executable.path(tool))' --json \(needed) | cat"
      let shell = try Subprocess(["/bin/sh", "-c", command])
      #expect(try shell.wait() == .exited(0))
      #expect(shell.output.text.contains(#""type":"summary""#), "\(shell.errors.text)")
    }

    @Test(
      "an event is seen through a pipe within a second",
      arguments: ["opensnoop", "execsnoop", "tcpconnect"])
    func promptness(_ tool: String) throws {
      let workload: Workload =
        switch tool {
        case "opensnoop": try Workload("opens", "1", "openat", "/etc/passwd", "0", "0")
        case "execsnoop":
          try Workload("execs", "1", "execve", Executable.path("workload"), "nothing")
        default: try Workload("connects", "1", "4")
        }
      let filter = tool == "execsnoop" ? "-P" : "-p"
      let run = try TracedRun(tool, ["--json", filter, "\(workload.pid)"])
      try workload.run()
      try waitFor("a row", seconds: 1 * Patience.factor) { !run.process.output.data.isEmpty }
      #expect(try run.stop().rows().count == 1)
    }

    @Test("--output writes the result to a file and nothing to standard output", arguments: tools)
    func outputFile(_ tool: String) throws {
      let scratch = try Scratch()
      let file = scratch.path + "/result"
      let result = try TracedRun(tool, ["--json", "--output", file]).stop()
      #expect(result.end == .exited(0))
      #expect(result.output.isEmpty)
      #expect(try String(contentsOfFile: file, encoding: .utf8).contains(#""type":"summary""#))
    }
  }
}

/// A pipe without any room left.
final class FullPipe {
  let read: Int32
  private(set) var write: Int32

  init() throws {
    (read, write) = try Subprocess.pipe()
    let flags = fcntl(write, F_GETFL)
    _ = fcntl(write, F_SETFL, flags | O_NONBLOCK)
    var zeroes = [UInt8](repeating: 0, count: 4096)
    while Glibc.write(write, &zeroes, zeroes.count) > 0 {}
    _ = fcntl(write, F_SETFL, flags)
  }

  deinit {
    close(read)
    closeWrite()
  }

  func closeWrite() {
    if write >= 0 { close(write) }
    write = -1
  }

  func readAll() -> [UInt8] {
    var all: [UInt8] = [], room = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(read, &room, room.count)
      guard count > 0 else { return all }
      all += room[..<count]
    }
  }
}
