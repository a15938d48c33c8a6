import Foundation
import Testing

/// The maps of `workload pins`, as others see them.
private final class PinnedIDs {
  private let scratch: Scratch
  private let workload: Workload
  private let directory: String

  /// - Parameters:
  ///   - cgroup: the directory of the group whose id is in the map of cgroups; nil: none is.
  ///   - process: one whose mount namespace is in the map of these; nil: none is.
  init(cgroup: String? = nil, process: Int? = nil) throws {
    func inode(_ path: String?) throws -> UInt64 {
      guard let path else { return 0 }
      var status = stat()
      guard stat(path, &status) == 0 else { throw LiveError("cannot find \(path)") }
      return UInt64(status.st_ino)
    }
    scratch = try Scratch()
    workload = try Workload(
      "pins", scratch.path, "\(try inode(cgroup))",
      "\(try inode(process.map { "/proc/\($0)/ns/mnt" }))")
    directory = "/proc/\(workload.pid)/root\(scratch.path)"
  }

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  var cgroups: [String] { ["--cgroupmap", path("cgroups")] }
  var namespaces: [String] { ["--mntnsmap", path("namespaces")] }

  /// Takes the ids out, and goes: what a tool still holds of the maps then goes with it.
  func clear() throws { try workload.run() }
}

extension Live {
  /// Maps of ids that somebody else has pinned choose tasks, as for the tools of bcc.
  @Suite struct PinnedMaps {
    /// Those whose twin in bcc reads such maps.
    static let tools = [
      "bindsnoop", "capable", "execsnoop", "mountsnoop", "opensnoop", "profile", "tcpaccept",
      "tcpconnect", "tcptop", "tcptracer",
    ].filter { tool in ToolCase.all.contains { $0.name == tool } }

    private func opens(_ environment: [String]) throws -> Workload {
      try Workload("opens", "23", "openat", "/etc/passwd", "0", "0", environment: environment)
    }

    /// The processes whose opens are shown, each with its number of them.
    private func shown(
      _ plan: Plan, _ options: [String], _ ids: PinnedIDs, of workloads: [Workload]
    ) throws -> [Int: Int] {
      let run = try plan.run(options)
      for workload in workloads { try workload.run() }
      try ids.clear()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      #expect(result.leftInKernel == "")
      #expect(try result.summary()["lost"] == 0)
      return try result.rows().reduce(into: [:]) { $0[$1["pid"] ?? 0, default: 0] += 1 }
    }

    @Test(
      "--cgroupmap: a group in the map, not those below it", arguments: Plan.offered("opensnoop"))
    func cgroups(_ plan: Plan) throws {
      let group = try ControlGroup("in"), other = try ControlGroup("out")
      let below = try ControlGroup("below", in: group)
      let ids = try PinnedIDs(cgroup: group.path)
      let workloads = try [group, below, other].map { try opens(["--cgroup", $0.path]) }
      #expect(try shown(plan, ids.cgroups, ids, of: workloads) == [workloads[0].pid: 23])
    }

    @Test("--mntnsmap: a mount namespace in the map", arguments: Plan.offered("opensnoop"))
    func namespaces(_ plan: Plan) throws {
      let workloads = [try opens(["--no-tracefs"]), try opens([])]
      let ids = try PinnedIDs(process: workloads[0].pid)
      #expect(try shown(plan, ids.namespaces, ids, of: workloads) == [workloads[0].pid: 23])
    }

    @Test("both maps: a task is in both, and passes the other filters too")
    func both() throws {
      let plan = try #require(Plan.offered("opensnoop").last)
      let group = try ControlGroup("in")
      let home = ["--cgroup", group.path]
      for (filter, number) in [(["--comm", "workload"], 23), (["--comm", "loadwork"], 0)] {
        let workloads = [
          try opens(home + ["--no-tracefs"]), try opens(home), try opens(["--no-tracefs"]),
        ]
        let ids = try PinnedIDs(cgroup: group.path, process: workloads[0].pid)
        #expect(
          try shown(plan, ids.cgroups + ids.namespaces + filter, ids, of: workloads)
            == (number > 0 ? [workloads[0].pid: number] : [:]))
      }
    }

    @Test("what is taken out of the map meanwhile is no longer shown")
    func changes() throws {
      let group = try ControlGroup("in")
      let ids = try PinnedIDs(cgroup: group.path)
      let before = try opens(["--cgroup", group.path])
      let after = try opens(["--cgroup", group.path])
      let run = try TracedRun("opensnoop", ["--json"] + ids.cgroups)
      try before.run()
      try ids.clear()
      try after.run()
      let result = try run.stop()
      #expect(result.end == .exited(0), "\(result.errors)")
      let rows = try result.rows()
      #expect(rows.count == 23 && rows.allSatisfy { $0["pid"] == before.pid })
    }

    @Test("the tools whose twin in bcc has the options", arguments: tools)
    func twins(_ name: String) throws {
      let tool = ToolCase.of(name)
      for isIn in [true, false] {
        let scene = try ToolCase.Scene(tool)
        let ids = try PinnedIDs(process: isIn ? scene.workload.pid : nil)
        let run = try TracedRun(
          name, ["--json"] + tool.arguments(for: scene.workload) + ids.namespaces)
        try scene.workload.run()
        try ids.clear()
        let result = try run.stop()
        #expect(result.end == .exited(0), "\(result.errors)")
        #expect(tool.number(in: try result.rows()) == (isIn ? ToolCase.number : 0))
      }
    }

    @Test("another map, and no map, are refused with one sentence and status 64")
    func refusals() throws {
      let ids = try PinnedIDs()
      let cases = [
        ("--cgroupmap", ids.path("array"), "it is not a hash map"),
        ("--cgroupmap", ids.path("narrow"), "its keys have 2 bytes, not 8"),
        ("--mntnsmap", ids.path("narrow"), "its keys have 2 bytes, not 4 or 8"),
        ("--mntnsmap", ids.path("nosuch"), "No such file or directory (ENOENT)"),
        (
          "--cgroupmap", "/etc/passwd",
          "it is not pinned in a BPF file system, or may not be read"
        ),
      ]
      for (option, path, reason) in cases {
        let process = try Subprocess([Executable.path("opensnoop"), option, path])
        #expect(try process.wait() == .exited(64))
        #expect(
          process.errors.text
            == "opensnoop: \(option): cannot open the pinned map \(path): \(reason)\n")
      }
    }
  }
}
