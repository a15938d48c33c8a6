import Glibc

/// The control groups of version 2, where each has one number and one path.
public final class Cgroups {
  nonisolated(unsafe) public static let shared = Cgroups()

  /// Nil for a group that is gone: its number does not come again.
  private var paths: [UInt64: String?] = [:]
  /// The last one of a recording, which several columns ask for.
  private var recorded: (bytes: [UInt8]?, owner: CgroupOwner) = (nil, CgroupOwner())
  private var owners: [UInt64: CgroupOwner.Known] = [:]
  private let containers = ContainerNames()

  /// Where the version 2 hierarchy is mounted; nil where it is not.
  public static var root: String? { KernelFeatures.controlGroups }

  /// A group that can be asked for.
  public struct Group: Sendable, Equatable {
    public let id: UInt64
    /// How deep it lies below the root.
    public let level: UInt32
  }

  /// The root of the hierarchy.
  ///
  /// - Parameter option: what asked for it.
  /// - Throws: ``ToolError`` where there is none.
  static func mounted(for option: String) throws -> String {
    if let root { return root }
    throw ToolError(.unavailable, "\(option): no cgroup version 2 hierarchy is mounted")
  }

  /// The group of a directory.
  ///
  /// - Parameters:
  ///   - path: the directory.
  ///   - option: the option that needs it, for messages.
  /// - Throws: ``ToolError`` where it is no directory of the hierarchy.
  public static func group(at path: String, for option: String = "--cgroup") throws -> Group {
    let root = try mounted(for: option)
    guard let resolved = realpath(path, nil) else {
      throw ToolError(.usage, "\(option): cannot find '\(path)': \(ErrorNumber.current)")
    }
    defer { free(resolved) }
    let directory = String(cString: resolved)
    guard directory == root || directory.hasPrefix(root + "/"),
      let id = CgroupTree.id(of: directory)
    else {
      throw ToolError(.usage, "\(option): '\(path)' is not a cgroup below \(root)")
    }
    let level = directory.dropFirst(root.count).split(separator: "/").count
    return Group(id: id, level: UInt32(level))
  }

  /// The path below the root, such as "/system.slice/ssh.service"; nil where the
  /// group is gone.
  public func path(of id: UInt64) -> String? {
    Lookup.text("cgroup", id) { systemPath(of: id) }
  }

  private func systemPath(of id: UInt64) -> String? {
    if let known = paths[id] { return known }
    if let root = Self.root { CgroupTree.walk(root) { paths[$1] = $0 } }
    if let found = paths[id] { return found }
    paths[id] = .some(nil)
    return nil
  }

  /// The unit, the container and the pod of a group; none where the group is gone.
  func owner(of id: UInt64) -> CgroupOwner {
    guard Lookup.desk != nil else { return systemOwner(of: id) }
    let bytes = Lookup.bytes("owner", Lookup.encode(id)) {
      let owner = systemOwner(of: id)
      if recorded.owner != owner { recorded = (owner.recorded, owner) }
      return recorded.bytes
    }
    if recorded.bytes != bytes { recorded = (bytes, CgroupOwner(recorded: bytes)) }
    return recorded.owner
  }

  private func systemOwner(of id: UInt64) -> CgroupOwner {
    let known = owners[id]
    if let known, known.isFinal || EventClock.now < known.due { return known.owner }
    let owner = path(of: id).map { CgroupOwner(of: CgroupPath($0), containers) } ?? CgroupOwner()
    owners[id] = CgroupOwner.Known(owner, after: known)
    return owner
  }

  /// Learns the owners of the groups whose files may be out of reach later, without
  /// capabilities. As root these are the files of users; all others are read when an event
  /// needs them, since a machine can have thousands.
  func loadOwners() {
    guard let root = Self.root else { return }
    CgroupTree.walk(root, from: geteuid() == 0 ? "/user.slice" : "") { path, id in
      paths[id] = path
      _ = owner(of: id)
    }
  }
}
