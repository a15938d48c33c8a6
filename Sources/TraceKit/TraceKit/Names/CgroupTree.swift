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
    guard let first = status(of: root + start) else { return }
    visit(start.isEmpty ? "/" : start, first.id)
    var waiting = first.hasChildren ? [start] : []
    while let path = waiting.popLast() {
      eachChild(of: root + path) { name, group in
        let child = path + "/" + name
        visit(child, group.id)
        if group.hasChildren { waiting.append(child) }
      }
    }
  }

  private struct Group {
    let id: UInt64
    /// Each directory in it is a link to it, and to list the files of a group takes ten times as
    /// long as to ask for the links.
    let hasChildren: Bool

    init?(_ status: stat) {
      guard status.st_mode & S_IFMT == S_IFDIR else { return nil }
      id = UInt64(status.st_ino)
      hasChildren = status.st_nlink != 2
    }
  }

  private static func status(of directory: String) -> Group? {
    var status = stat()
    return stat(directory, &status) == 0 ? Group(status) : nil
  }

  /// The groups in a directory, each looked up from there: a path from the root takes longer.
  private static func eachChild(of directory: String, _ body: (String, Group) -> Void) {
    guard let stream = opendir(directory) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      guard Int(entry.pointee.d_type) == DT_DIR else { continue }
      withUnsafePointer(to: &entry.pointee.d_name) { characters in
        let name = UnsafeRawPointer(characters).assumingMemoryBound(to: CChar.self)
        let text = String(cString: name)
        var status = stat()
        guard text != ".", text != "..",
          fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0
        else { return }
        if let group = Group(status) { body(text, group) }
      }
    }
  }
}
