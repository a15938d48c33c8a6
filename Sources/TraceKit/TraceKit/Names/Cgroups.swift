import CLinux
import Glibc

/// The control groups of version 2, where each has one number and one path.
public final class Cgroups {
  nonisolated(unsafe) public static let shared = Cgroups()

  /// Nil for a group that is gone: its number does not come again.
  private var paths: [UInt64: String?] = [:]
  private var owners: [UInt64: Owner] = [:]
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
    var status = stat()
    guard directory == root || directory.hasPrefix(root + "/"),
      stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      let id = id(of: directory)
    else {
      throw ToolError(.usage, "\(option): '\(path)' is not a cgroup below \(root)")
    }
    let level = directory.dropFirst(root.count).split(separator: "/").count
    return Group(id: id, level: UInt32(level))
  }

  /// The number of a group is the handle of its directory (kernfs, from 5.5).
  private static func id(of directory: String) -> UInt64? {
    let id = linux_file_handle(directory)
    return id == 0 ? nil : id
  }

  /// The path below the root, such as "/system.slice/ssh.service"; nil where the
  /// group is gone.
  public func path(of id: UInt64) -> String? {
    if let known = paths[id] { return known }
    load()
    if let found = paths[id] { return found }
    paths[id] = .some(nil)
    return nil
  }

  /// Learns the paths of all groups that there are.
  private func load() {
    guard let root = Self.root else { return }
    Self.walk(root) { path in
      if let id = Self.id(of: root + path) { paths[id] = path }
    }
  }

  /// Visits all groups of a hierarchy, each before those below it.
  ///
  /// - Parameter visit: gets the path below the root.
  static func walk(_ root: String, _ visit: (String) -> Void) {
    func walk(_ path: String) {
      visit(path.isEmpty ? "/" : path)
      for child in File.subdirectories(of: root + path) { walk(path + "/" + child) }
    }
    walk("")
  }

  /// Who runs in a group.
  struct Owner {
    var unit: String?
    /// The name; the short id where none is known.
    var container: String?
  }

  /// The unit and the container of a group; neither where the group is gone.
  func owner(of id: UInt64) -> Owner {
    if let known = owners[id] { return known }
    let path = path(of: id).map { CgroupPath($0) }
    let container = path?.container
    let owner = Owner(
      unit: path?.unit,
      container: container.flatMap { containers.names(of: $0).first ?? $0.shortID })
    owners[id] = owner
    return owner
  }

  /// Learns the owners of all groups that there are. Names that a user's runtime
  /// keeps may be out of reach later, without capabilities.
  func loadOwners() {
    load()
    for id in paths.keys { _ = owner(of: id) }
  }
}
