import Foundation
import Glibc
import Testing

extension Live {
  /// How a tool ends, and where its output goes.
  @Suite struct Manners {
    static let tools = ToolCase.models

    @Test(
      "SIGINT, SIGTERM and SIGHUP print the result and end with status 0",
      arguments: tools, [SIGINT, SIGTERM, SIGHUP])
    func signals(_ tool: ToolCase, _ signal: Int32) throws {
      let result = try TracedRun(tool.name).stop(signal)
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
    func secondSignal(_ tool: ToolCase) throws {
      let pipe = try FullPipe()
      let run = try TracedRun(tool.name, output: .descriptor(pipe.write))
      pipe.closeWrite()
      try expectSecondSignalEnds(run)
    }

    @Test("a second signal ends it at once while it looks up the name of a user")
    func secondSignalInUsers() throws {
      let workload = try Workload("opens", "23", "openat", "/etc/hostname", "0", "0")
      let run = try TracedRun(
        "opensnoop", ["--json", "--columns", "user", "-p", "\(workload.pid)"],
        environment: ["--stick", "/etc/passwd"])
      try workload.run()
      try waitFor("it to open the file of users") {
        let place = try String(
          contentsOfFile: "/proc/\(run.process.pid)/wchan", encoding: .utf8)
        // As the compiler has named the parts of it.
        return ["wait_for_partner", "fifo_open", "pipe_wait"].contains(where: place.hasPrefix)
      }
      try expectSecondSignalEnds(run)
    }

    // Who else profiles meanwhile has to read those symbols too.
    @Test("a second signal ends it at once while it reads symbols, and what reads them", .alone)
    func secondSignalInSymbols() throws {
      let workload = try Workload("mislabels", "500", "24")
      let run = try TracedRun("profile", ["--json", "-p", "\(workload.pid)"])
      try workload.run()
      run.process.signal(SIGINT)
      var readers: [Substring] = []
      let limits = [
        "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2",
      ]
      try waitFor("what reads symbols to start and to give up its rights") {
        let path = "/proc/\(run.process.pid)/task/\(run.process.pid)/children"
        readers = try String(contentsOfFile: path, encoding: .utf8).split(separator: " ")
        return readers.contains { reader in
          let status = try? String(contentsOfFile: "/proc/\(reader)/status", encoding: .utf8)
          return limits.allSatisfy { status?.contains($0) == true }
        }
      }
      try expectSecondSignalEnds(run, isFirst: false)
      for reader in readers {
        try waitFor("the reader to end") {
          !FileManager.default.fileExists(atPath: "/proc/\(reader)")
        }
      }
    }

    private func expectSecondSignalEnds(_ run: TracedRun, isFirst: Bool = true) throws {
      if isFirst { run.process.signal(SIGINT) }
      try waitFor("the first signal to be taken") { try !Self.blocksSIGINT(run.process.pid) }
      #expect(run.process.poll() == nil, "it was not stuck")
      run.process.signal(SIGINT)
      let result = try run.finish(seconds: 5 * Patience.factor)
      #expect(result.end == .killed(SIGINT))
      #expect(result.leftInKernel == "")
    }

    @Test("a reader that comes late gets the whole result", arguments: tools)
    func lateReader(_ tool: ToolCase) throws {
      let pipe = try FullPipe()
      let run = try TracedRun(tool.name, output: .descriptor(pipe.write))
      pipe.closeWrite()
      run.process.signal(SIGINT)
      try waitFor("the signal to be taken") { try !Self.blocksSIGINT(run.process.pid) }
      let text = pipe.readAll().drop { $0 == 0 }
      #expect(try run.finish().end == .exited(0))
      #expect(String(decoding: text, as: UTF8.self).contains(#""type":"summary""#))
    }

    /// Whether none of its threads would be ended by the next one.
    static func blocksSIGINT(_ pid: pid_t) throws -> Bool {
      let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
      return threads.allSatisfy { thread in
        // One that has ended meanwhile is not ended by it.
        let path = "/proc/\(pid)/task/\(thread)/status"
        guard let status = try? String(contentsOfFile: path, encoding: .utf8) else { return true }
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        let bits = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) }
        return (bits ?? 0) & 1 << UInt64(SIGINT - 1) != 0
      }
    }

    @Test("a reader that goes after one line ends it quietly", arguments: tools)
    func readerGoes(_ tool: ToolCase) throws {
      let (read, write) = try Subprocess.pipe()
      let interval = tool.interval.map { ["--json"] + $0 } ?? []
      let run = try TracedRun(tool.name, interval, output: .descriptor(write))
      close(write)
      // A stream has its header, runqlat a wait; a disk may be idle.
      if tool.on == nil {
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
      let told = result.errors.split(separator: "\n")
        .filter { !$0.hasPrefix("\(tool.name): not by") }
      #expect(told.count == 1, "\(result.errors)")
      #expect(result.leftInKernel == "")
    }

    @Test(
      "a closed standard output and a full disk are told, with status 1",
      arguments: tools, ["closed", "full"])
    func badOutput(_ tool: ToolCase, _ kind: String) throws {
      let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
      defer { close(full) }
      let process = try TracedRun.startOrEnd(
        tool.name, ["--json"], environment: kind == "closed" ? ["--close", "1"] : [],
        output: kind == "closed" ? .memory : .descriptor(full))
      process.signal(SIGINT)
      #expect(try process.wait() == .exited(1), "\(process.errors.text)")
      #expect(
        process.errors.text.contains("\(tool.name): cannot write the output"),
        "\(process.errors.text)")
      #expect(process.output.data.isEmpty)
    }

    @Test("a full disk under --output is told, with status 1", arguments: tools)
    func fullFile(_ tool: ToolCase) throws {
      let result = try TracedRun(tool.name, ["--json", "--output", "/dev/full"]).stop()
      #expect(result.end == .exited(1))
      #expect(
        result.errors.hasSuffix(
          "\(tool.name): cannot write the output: No space left on device (ENOSPC)\n"),
        "\(result.errors)")
      #expect(result.leftInKernel == "")
    }

    @Test("a closed standard error changes nothing of the result", arguments: tools)
    func closedErrors(_ tool: ToolCase) throws {
      let process = try TracedRun.start(
        tool.name, ["--json", "--stats", "--duration", "0.3"], environment: ["--close", "2"])
      #expect(try process.wait() == .exited(0))
      #expect(process.errors.data.isEmpty)
      #expect(process.output.text.contains(#""type":"summary""#))
    }

    @Test("a closed standard input and no terminal change nothing", arguments: tools)
    func detached(_ tool: ToolCase) throws {
      for environment in [["--close", "0"], ["--setsid"], ["--setsid", "--close", "0"]] {
        let result = try TracedRun(tool.name, environment: environment).stop()
        #expect(result.end == .exited(0), "\(environment): \(result.errors)")
        #expect(try result.summary()["lost"] == 0)
      }
    }

    @Test("timeout TOOL | cat prints the result", arguments: tools)
    func timeoutToPipe(_ tool: ToolCase) throws {
      let seconds = Patience.isEmulated ? 5 : 2
      let needed = TracedRun.needed(tool.name).joined(separator: " ")
      let command = "timeout \(seconds) '\(Executable.path(tool.name))' --json \(needed) | cat"
      let shell = try Subprocess(["/bin/sh", "-c", command])
      #expect(try shell.wait() == .exited(0))
      #expect(shell.output.text.contains(#""type":"summary""#), "\(shell.errors.text)")
    }

    @Test(
      "an event is seen through a pipe within a second", .alone,
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
    func outputFile(_ tool: ToolCase) throws {
      let scratch = try Scratch()
      let file = scratch.path + "/result"
      let result = try TracedRun(tool.name, ["--json", "--output", file]).stop()
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
