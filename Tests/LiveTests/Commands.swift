import Foundation
import Testing

extension Live {
  /// A command behind `--` is traced from its first instruction to its end.
  @Suite struct Commands {
    private static let workload = Executable.path("workload")

    /// Traces a command of the shell.
    private func shell(
      _ script: String, tool: String = "opensnoop", _ options: [String] = []
    ) throws -> TracedRun {
      try TracedRun(tool, ["--json"] + options + ["--", "/bin/sh", "-c", script])
    }

    @Test("the tool ends with the status of the command", arguments: ToolCase.models)
    func status(_ tool: ToolCase) throws {
      for (script, status) in [
        ("exit 0", Int32(0)), ("exit 23", 23), ("kill -TERM $$", 143), ("kill -KILL $$", 137),
      ] {
        let result = try shell(script, tool: tool.name).finish()
        #expect(result.end == .exited(status), "\(script): \(result.errors)")
        #expect(try result.summary()["lost"] == 0)
        #expect(result.leftInKernel == "")
      }
    }

    @Test("its first exec and its first open are seen")
    func first() throws {
      let command = ["--", Self.workload, "env", "--", Self.workload, "nothing"]
      let execs = try TracedRun("execsnoop", ["--json"] + command).finish().rows()
      #expect(execs.map { $0.texts("args").dropFirst().first } == ["env", "nothing"])
      let file = "/etc/passwd"
      let opens = try shell("exec cat \(file) >&2").finish().rows()
      let names = opens.drop { $0["comm"] != "cat" }.compactMap { $0["path"] as String? }
      #expect(names.last == file)
      // The dynamic linker's; busybox has none.
      #expect(names.first == "/etc/ld.so.cache" || names == [file], "\(names)")
      #expect(opens.allSatisfy { ["sh", "cat"].contains($0["comm"] ?? "") }, "\(opens)")
    }

    @Test("of a disk only its requests are counted", arguments: ["biolatency", "biopattern"])
    func requests(_ tool: String) throws {
      let disk = try LoopDisk(), scratch = try Scratch()
      let other = try Workload("seeks", "17", "0", disk.path)
      let go = scratch.path + "/go"
      let run = try shell(
        "while [ ! -e '\(go)' ]; do sleep 0.01; done; "
          + "echo | '\(Self.workload)' seeks 22 0 '\(disk.path)' >&2",
        tool: tool, ["-d", disk.name])
      try other.run()
      _ = FileManager.default.createFile(atPath: go, contents: nil)
      let rows = try run.finish().rows()
      // The first one follows none, and is a request too.
      #expect(rows.reduce(0) { $0 + ($1["count"] ?? 0) } == 23)
    }

    @Test("its descendants are traced, and others are not")
    func descendants() throws {
      let scratch = try Scratch()
      let file = try scratch.file("opened")
      let open = "echo | '\(Self.workload)' opens 23 openat '\(file)' 0 0 >&2"
      let other = try Workload("opens", "23", "openat", file, "0", "0")
      let go = scratch.path + "/go"
      let run = try shell(
        "while [ ! -e '\(go)' ]; do sleep 0.01; done; \(open); (\(open)) & \(open); wait")
      try other.run()
      _ = try scratch.file("go")
      let rows = try run.finish().rows().filter { $0["path"] == file }
      #expect(rows.count == 69)
      #expect(rows.allSatisfy { $0["pid"] != other.pid })
      #expect(Set(rows.compactMap { $0["pid"] as Int? }).count == 3)
    }

    @Test("under sudo it is the invoking user's, with the user's groups")
    func invokingUser() throws {
      let sudo = ["SUDO_UID=65534", "SUDO_GID=65533", "SUDO_USER=nobody"].flatMap { ["--set", $0] }
      for (environment, user, group) in [(sudo, "65534", "65533"), ([], "0", "0")] {
        let scratch = try Scratch()
        let file = scratch.path + "/rows"
        let result = try TracedRun(
          "opensnoop",
          ["--json", "--output", file, "--", "/bin/sh", "-c", "cat /proc/self/status"],
          environment: environment
        ).finish()
        #expect(result.end == .exited(0), "\(result.errors)")
        let lines = result.lines.map { $0.split(separator: "\t").map(String.init) }
        #expect(lines.first { $0[0] == "Uid:" }?.dropFirst() == [user, user, user, user])
        #expect(lines.first { $0[0] == "Gid:" }?.dropFirst() == [group, group, group, group])
        if user != "0" {
          let groups = lines.first { $0[0] == "Groups:" }?.last?.split(separator: " ") ?? []
          #expect(groups.contains(Substring(group)) && !groups.contains("0"))
          #expect(lines.first { $0[0] == "CapEff:" }?.last == "0000000000000000")
        }
        var traced = result
        traced.output = try Data(contentsOf: URL(filePath: file))
        let rows = try traced.rows()
        #expect(rows.contains { $0["path"] == "/proc/self/status" })
        #expect(rows.allSatisfy { $0["uid"] == Int(user) })
      }
    }

    @Test("a command that is not there is 127, and one that cannot be run is 126")
    func notFound() throws {
      let scratch = try Scratch()
      let file = try scratch.file("no program")
      for (path, status) in [("/no/such/command", Int32(127)), ("nosuchcommand", 127), (file, 126)]
      {
        let process = try TracedRun.start("opensnoop", ["--json", "--", path])
        #expect(try process.wait() == .exited(status))
        let lines = process.errors.text.split(separator: "\n")
        #expect(lines.last?.hasPrefix("opensnoop: cannot run '\(path)': ") == true, "\(lines)")
        #expect(process.output.data.isEmpty)
      }
    }

    @Test("a command does not begin where the tool cannot trace")
    func notBegun() throws {
      let scratch = try Scratch()
      let marker = scratch.path + "/marker"
      for (plan, exists) in [("tp_btf:9", false), ("tp_btf", true)] {
        let process = try TracedRun.start(
          "execsnoop", ["--json", "--", "/bin/sh", "-c", "echo > '\(marker)'"], plan: plan)
        #expect(try process.wait() == .exited(exists ? 0 : 69))
        #expect(FileManager.default.fileExists(atPath: marker) == exists)
      }
    }

    @Test("a run that ends before the command prints its result and waits for it")
    func endsBefore() throws {
      let scratch = try Scratch()
      let go = scratch.path + "/go"
      let script = ": </etc/passwd; while [ ! -e '\(go)' ]; do sleep 0.01; done; exit 23"
      for options in [["--duration", "0.2"], ["--max-events", "1"], []] {
        try? FileManager.default.removeItem(atPath: go)
        let run = try shell(script, options)
        if options.isEmpty { run.process.signal(SIGTERM) }
        try waitFor("the result") { run.process.output.text.contains(#""type":"summary""#) }
        #expect(run.process.poll() == nil)
        _ = try scratch.file("go")
        #expect(try run.finish().end == .exited(23), "\(options)")
      }
    }
  }
}
