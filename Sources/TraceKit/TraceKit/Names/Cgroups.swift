import CLinux
import Glibc

/// The control groups of version 2, where each has one number and one path.
public final class Cgroups {
  nonisolated(unsafe) public static let shared = Cgroups()

  private var paths: [UInt64: String] = [:]

  /// Where the version 2 hierarchy is mounted; nil where it is not.
  public static let root: String? = {
    guard let mounts = File.contents(of: "/proc/self/mounts") else { return nil }
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count > 2, fields[2] == "cgroup2" { return String(fields[1]) }
    }
    return nil
  }()

  /// A group that can be asked for.
  public struct Group: Sendable, Equatable {
    public let id: UInt64
    /// How deep it lies below the root.
    public let level: UInt32
  }

  /// The group of a directory.
  ///
  /// - Throws: ``ToolError`` where it is no directory of the hierarchy.
  public static func group(at path: String) throws -> Group {
    guard let root else {
      throw ToolError(.unavailable, "--cgroup: no cgroup version 2 hierarchy is mounted")
    }
    guard let resolved = realpath(path, nil) else {
      throw ToolError(.usage, "--cgroup: cannot find '\(path)': \(ErrorNumber.current)")
    }
    defer { free(resolved) }
    let directory = String(cString: resolved)
    var status = stat()
    guard directory == root || directory.hasPrefix(root + "/"),
      stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      let id = id(of: directory)
    else {
      throw ToolError(.usage, "--cgroup: '\(path)' is no cgroup below \(root)")
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
    guard let root = Self.root else { return nil }
    collect(below: root, name: "/")
    return paths[id]
  }

  private func collect(below directory: String, name: String) {
    if let id = Self.id(of: directory) { paths[id] = name }
    guard let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      guard Int32(entry.pointee.d_type) == Int32(DT_DIR) else { continue }
      let child = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.upToNUL, as: UTF8.self)
      }
      guard child != ".", child != ".." else { continue }
      collect(below: directory + "/" + child, name: name == "/" ? "/\(child)" : "\(name)/\(child)")
    }
  }
}
