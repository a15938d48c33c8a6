import Wire

/// The filters of a run on the tasks of recorded events.
struct ReplayFilter {
  private let pids: Set<UInt32>
  private let tid: UInt32?
  private let uid: UInt32?
  private let comm: (([UInt8]) -> Bool)?
  private let cgroup: ((String) -> Bool)?
  let isEmpty: Bool

  /// - Throws: ``ToolError`` for one that only the kernel can apply.
  init<Letters>(_ options: FilterOptions<Letters>, _ facts: RecordingFacts) throws {
    let unable: [(name: String, isGiven: Bool)] = [
      ("--follow", options.follow), ("--host-pids", options.hostPids),
      ("--cgroupmap", options.cgroupMap != nil), ("--mntnsmap", options.mountNamespaceMap != nil),
    ]
    if let option = unable.first(where: \.isGiven) { throw Replay.unable(option.name) }
    isEmpty = options.isEmpty
    pids = Set(options.pid ?? [])
    tid = options.tid
    uid = options.uid
    comm = Self.comm(options)
    cgroup = try Self.cgroup(options, root: facts["cgroups"])
  }

  static func comm<Letters>(_ options: FilterOptions<Letters>) -> (([UInt8]) -> Bool)? {
    if let name = options.name {
      let part = Array(name.utf8)
      return { $0.contains(part) }
    }
    guard let comm = options.comm else { return nil }
    let text = Array(comm.utf8)
    guard text.last == UInt8(ascii: "*") else { return { $0 == text } }
    return { $0.starts(with: text.dropLast()) }
  }

  /// Whether a path below the root of the recorded hierarchy passes.
  private static func cgroup<Letters>(
    _ options: FilterOptions<Letters>, root: String?
  ) throws -> ((String) -> Bool)? {
    if let cgroup = options.cgroup {
      let words = cgroup.split(separator: "/")
      let start = (root ?? "").split(separator: "/")
      guard root != nil, words.starts(with: start) else {
        throw ToolError(.usage, "--cgroup: '\(cgroup)' is not a cgroup of the recorded machine")
      }
      let below = words.dropFirst(start.count)
      return { $0.split(separator: "/").starts(with: below) }
    }
    if let unit = options.unit.map(UnitName.full) {
      return { path in
        path.split(separator: "/").contains { UnitName.unescaped(directory: $0) == unit }
      }
    }
    guard let container = options.container else { return nil }
    return { path in
      guard let found = CgroupPath(path).container else { return false }
      return found.id == container || found.hasID && found.id.hasPrefix(container)
    }
  }

  /// Whether the task of an event passes, as in the kernel.
  func passes(_ header: event_header) -> Bool {
    if isEmpty { return true }
    guard header.namesTask, pids.isEmpty || pids.contains(header.pid),
      tid == nil || header.tid == tid, uid == nil || header.uid == uid
    else { return false }
    if let comm, !comm(withUnsafeBytes(of: header.comm) { Array($0.upToNUL) }) { return false }
    guard let cgroup else { return true }
    return Cgroups.shared.path(of: header.cgroup_id).map(cgroup) ?? false
  }
}

extension Replay {
  /// - Parameter option: as it was given.
  static func unable(_ option: String) -> ToolError {
    ToolError(.usage, "\(option) works only while tracing, not with --replay")
  }
}
