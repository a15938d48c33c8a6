import BPF
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
      File.eachSubdirectory(of: root + path) { name, inode, links in
        let child = path + "/" + name
        let group = Group(inode: inode, links: links)
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

    init(inode: UInt64, links: UInt64) {
      id = inode
      hasChildren = links != 2
    }
  }

  private static func status(of directory: String) -> Group? {
    var status = stat()
    guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return Group(inode: UInt64(status.st_ino), links: UInt64(status.st_nlink))
  }
}
