import Glibc

/// The hierarchy of control groups, as the directories of its mount show it.
enum CgroupTree {
  /// The number of a group is that of its directory's inode (kernfs, from 5.5: 40430452fd5d
  /// "kernfs: use 64bit inos if ino_t is 64bit"). A name_to_handle_at(2) would say the same, but
  /// the seccomp profile of containerd refuses it.
  static func id(of directory: String) -> UInt64? { status(of: directory)?.id }

  /// Visits all groups of a hierarchy, each before those below it.
  ///
  /// - Parameters:
  ///   - root: where it is mounted.
  ///   - start: the group to begin with, relative to the root; empty: the root.
  ///   - visit: gets the path relative to the root, and the number.
  static func walk(
    _ root: String, from start: String = "", _ visit: (_ path: String, _ id: UInt64) -> Void
  ) {
    var waiting = [start]
    while let path = waiting.popLast() {
      guard let status = status(of: root + path) else { continue }
      visit(path.isEmpty ? "/" : path, status.id)
      // Each directory in it is a link to it, and to list the files of a group takes ten times
      // as long as to ask for the links.
      guard status.links != 2 else { continue }
      for child in File.subdirectories(of: root + path) { waiting.append(path + "/" + child) }
    }
  }

  private static func status(of directory: String) -> (id: UInt64, links: UInt64)? {
    var status = stat()
    guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return (UInt64(status.st_ino), UInt64(status.st_nlink))
  }
}
