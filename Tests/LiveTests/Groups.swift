import Foundation
import Synchronization
import Testing

extension Live {
  /// Units and containers choose tasks, and tell of them in columns.
  @Suite struct Groups {
    private static let open = ["23", "openat", "/etc/passwd", "0", "0"]

    /// Sixty-four digits that no other container has.
    static func id() -> String {
      (0..<4).map { _ in
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
      }.joined()
    }

    @Test("--unit shows a service's opens and those below it", arguments: Plan.offered("opensnoop"))
    func unit(_ plan: Plan) throws {
      let name = ControlGroup.unique("x")
      let group = try ControlGroup(exactly: "\(name).service")
      let other = try ControlGroup(exactly: "\(name)y.service")
      let inner = try ControlGroup("inner", in: group)
      for option in [name, "\(name).service"] {
        for (home, expected) in [(group, 23), (inner, 23), (other, 0)] {
          let (rows, _, _, _) = try Opens.rows(
            plan, ["--unit", option], environment: ["--cgroup", home.path], Self.open)
          #expect(rows.count == expected, "\(home.path)")
        }
      }
    }

    @Test("--container shows a container's opens", arguments: Plan.offered("opensnoop"))
    func container(_ plan: Plan) throws {
      let (id, another) = (Self.id(), Self.id())
      let group = try ControlGroup(exactly: "docker-\(id).scope")
      let other = try ControlGroup(exactly: "docker-\(another).scope")
      let inner = try ControlGroup("inner", in: group)
      for word in [id, String(id.prefix(12))] {
        for (home, expected) in [(group, 23), (inner, 23), (other, 0)] {
          let (rows, _, _, _) = try Opens.rows(
            plan, ["--container", word], environment: ["--cgroup", home.path], Self.open)
          #expect(rows.count == expected, "\(home.path)")
        }
      }
    }

    @Test("a container has its name from the files of its runtime")
    func named() throws {
      let (id, name) = (Self.id(), ControlGroup.unique("web"))
      let group = try ControlGroup(exactly: "crio-\(id).scope"), other = try ControlGroup("other")
      let state = try RuntimeState(id: id, name: name)
      defer { state.remove() }
      let plan = try #require(Plan.offered("opensnoop").first)
      let options = ["--container", name, "--columns", "pid,path,container,unit"]
      for (home, expected) in [(group, 23), (other, 0)] {
        let (rows, _, _, _) = try Opens.rows(
          plan, options, environment: ["--cgroup", home.path], Self.open)
        #expect(rows.count == expected)
        #expect(rows.allSatisfy { $0["container"] == name && $0["unit"] == "crio-\(id).scope" })
      }
    }

    @Test("a pod, its namespace and its container have their names from the files of the runtime")
    func pod() throws {
      let (id, name) = (Self.id(), ControlGroup.unique("shop"))
      let slice = try ControlGroup(exactly: "kubepods-pod\(id.prefix(8))_\(id.suffix(4)).slice")
      let group = try ControlGroup("crio-\(id).scope", in: slice)
      let state = try RuntimeState(id: id, name: "web", pod: name)
      defer { state.remove() }
      let plan = try #require(Plan.offered("opensnoop").first)
      let columns = ["--columns", "pid,path,container,pod,pod_namespace"]
      for (home, container, pod, namespace) in [
        (group, "web", name, "prod"), (slice, nil, "\(id.prefix(8))-\(id.suffix(4))", nil),
      ] {
        let (rows, _, _, _) = try Opens.rows(
          plan, columns, environment: ["--cgroup", home.path], Self.open)
        #expect(rows.count == 23)
        #expect(rows.allSatisfy { $0["container"] == container && $0["pod"] == pod })
        #expect(rows.allSatisfy { $0["pod_namespace"] == namespace })
      }
    }

    @Test("a container that starts after the tool has its name too")
    func namedLater() throws {
      let (id, name) = (Self.id(), ControlGroup.unique("late"))
      let scratch = try Scratch(), file = try scratch.file("late")
      let run = try TracedRun("opensnoop", ["--json", "--columns", "path,container"])
      let group = try ControlGroup(exactly: "crio-\(id).scope")
      let state = try RuntimeState(id: id, name: name)
      defer { state.remove() }
      try Workload("opens", "23", "openat", file, "0", "0", environment: ["--cgroup", group.path])
        .run()
      let rows = try run.stop().rows().filter { $0["path"] == file }
      #expect(rows.count == 23)
      #expect(rows.allSatisfy { $0["container"] == name })
    }

    @Test("a start looks at no container that no event is of")
    func unread() throws {
      let prefix = String(Self.id().prefix(48))
      let ids = (10..<33).map { "\(prefix)00000000000000\($0)" }
      let groups = try ids.map { try ControlGroup(exactly: "crio-\($0).scope") }
      let states = try ids.map { try RuntimeState(id: $0, name: "web") }
      defer { for state in states.reversed() { state.remove() } }
      let scratch = try Scratch()
      let tool = [
        Executable.path("tcpconnect"), "--columns", "+container,+pod", "--duration", "0.2",
        "--output", scratch.path + "/rows",
      ]
      let opens = try TracedRun("opensnoop", ["--json", "--"] + tool).finish().rows()
      let paths = opens.compactMap { $0["path"] as String? }
      #expect(paths.contains { $0.hasSuffix("/libTraceKit.so") }, "\(paths)")
      #expect(!paths.contains { $0.contains(prefix) }, "\(paths)")
      #expect(groups.count == 23)
    }

    @Test("--unit and --container count waits in a histogram", arguments: Plan.offered("runqlat"))
    func histogram(_ plan: Plan) throws {
      let (id, name) = (Self.id(), ControlGroup.unique("waits.service"))
      let unit = try ControlGroup(exactly: name)
      let container = try ControlGroup(exactly: "libpod-\(id).scope")
      let conmon = try ControlGroup(exactly: "libpod-conmon-\(id).scope")
      for (options, home, isCounted) in [
        (["--unit", name], unit, true), (["--unit", name], container, false),
        (["--container", id], container, true), (["--container", id], conmon, false),
      ] {
        // Long enough for an emulated machine, whose clocks may differ by some ticks.
        let workload = try Workload("waits", "23", "40", environment: ["--cgroup", home.path])
        let run = try plan.run(options)
        try workload.run()
        let rows = try run.stop().rows()
        let waits = rows.reduce(0) { $0 + $1.count(from: isCounted ? 16384 : 0) }
        #expect(isCounted ? waits >= 23 : waits == 0, "\(options) \(home.path): \(waits)")
      }
    }

    private static let columns = ["--columns", "pid,cgroup,unit,container"]

    /// Runs 23 events of a tool in a group, and expects these values in each row.
    private func expect(
      _ tool: String, in group: ControlGroup, _ workload: [String], pid: String, unit: String?,
      container: String?
    ) throws {
      let plan = try #require(Plan.offered(tool).first)
      let workload = try Workload(workload, environment: ["--cgroup", group.path])
      let run = try plan.run([pid, "\(workload.pid)"] + Self.columns)
      try workload.run()
      let rows = try run.stop().rows()
      #expect(rows.count == 23)
      for row in rows {
        let path: String = try #require(row["cgroup"])
        #expect(group.path.hasSuffix(path))
        #expect(row["unit"] == unit && row["container"] == container, "\(row)")
        // Both keys are there in any case.
        #expect(Set(row.values.keys) == ["type", "pid", "cgroup", "unit", "container"])
      }
    }

    @Test("the columns tell the unit and the container of each event")
    func columns() throws {
      let (id, name) = (Self.id(), ControlGroup.unique("x.service"))
      let groups = [
        (try ControlGroup(exactly: name), name, nil),
        (try ControlGroup(exactly: "docker-\(id).scope"), "docker-\(id).scope", id.prefix(12)),
        (try ControlGroup("plain"), nil, nil),
      ]
      let tools = [
        ("opensnoop", ["opens"] + Self.open, "-p"),
        ("execsnoop", ["execs", "23", "execve", Execs.program, "nothing"], "-P"),
        ("tcpconnect", ["connects", "23", "4"], "-p"),
      ]
      for (group, unit, container) in groups {
        for (tool, workload, pid) in tools {
          try expect(
            tool, in: group, workload, pid: pid, unit: unit, container: container.map(String.init))
        }
      }
    }

    @Test("a group that is gone by the time of printing is told as nothing")
    func gone() throws {
      let scratch = try Scratch(), file = try scratch.file("gone")
      let run = try TracedRun(
        "opensnoop", ["--json", "--columns", "path,cgroup,unit,container"])
      run.process.signal(SIGSTOP)
      let group = try ControlGroup(exactly: "docker-\(Self.id()).scope")
      try Workload("opens", "23", "openat", file, "0", "0", environment: ["--cgroup", group.path])
        .run()
      try group.remove()
      run.process.signal(SIGCONT)
      let rows = try run.stop().rows().filter { $0["path"] == file }
      #expect(rows.count == 23)
      for key in ["cgroup", "unit", "container"] {
        #expect(rows.allSatisfy { $0.values[key] is NSNull }, "\(key)")
      }
    }
  }
}

/// What CRI-O leaves about a container, on a file system that a boot empties.
private struct RuntimeState {
  /// The directory of the container.
  private let home: String
  /// Tests beside each other make and remove the directories that all are in.
  private static let tree = Mutex(())

  init(id: String, name: String, pod: String? = nil) throws {
    home = "/run/containers/storage/overlay-containers/\(id)"
    let directory = home + "/userdata"
    try Self.tree.withLock { _ in
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
    }
    let sandbox = pod.map {
      #","io.kubernetes.pod.name":"\#($0)","io.kubernetes.pod.namespace":"prod""#
    }
    try #"{"annotations":{"io.kubernetes.container.name":"\#(name)"\#(sandbox ?? "")}}"#
      .write(toFile: directory + "/config.json", atomically: false, encoding: .utf8)
  }

  func remove() {
    Self.tree.withLock { _ in
      try? FileManager.default.removeItem(atPath: home)
      // Those of others are not empty, and stay.
      var parent = home as NSString
      repeat {
        parent = parent.deletingLastPathComponent as NSString
      } while parent != "/run" && rmdir(parent as String) == 0
    }
  }
}
