import BPFObjects
import Glibc
import TraceKit

/// The files that were created and are still there, by the paths that tasks see.
final class FileLives {
  /// Whose paths mean the same.
  private struct View: Hashable {
    let root: UInt64
    let mountNamespace: UInt32
  }

  private var views: [View: PathTree] = [:]
  /// The oldest first, with some that are over.
  private var order: [FileLife] = []
  private let ownNamespace = FileLives.ownMountNamespace
  /// When the file that was removed last was created.
  private(set) var birth: UInt64 = 0

  /// Follows what happened to a name.
  ///
  /// - Returns: whether that was the last name of a file that is known.
  func follow(_ record: borrowing Record<name_event>) -> Bool {
    let event = record.event
    // What is cut has no path to be found by.
    guard event.path.cut == 0, event.new_path.cut == 0 else { return false }
    let view = View(root: event.root, mountNamespace: event.mount_namespace)
    let isOwnView = event.mount_namespace == ownNamespace
    let path = record.taskPath(event.path)
    let kind = Int32(truncatingIfNeeded: event.kind)
    if kind == NAME_CREATED {
      create(at: path.names, in: view, event.header.time_ns)
      return false
    }
    guard let tree = views[view], let name = path.names.last, tree.hasName(name),
      let (node, names) = find(path, in: tree, isOwnView: isOwnView)
    else { return false }
    if kind == NAME_REMOVED {
      guard let life = node.life else { return false }
      tree.remove(node)
      if tree.isEmpty { views[view] = nil }
      birth = life.created
      return life.isOver
    }
    let start = Int(event.path.size) + Int(event.path.base_size)
    let new = record.taskPath(event.new_path, from: start).resolved(isOwnView)
    switch kind {
    case NAME_RENAMED: tree.move(node, to: new)
    case NAME_EXCHANGED: tree.exchange(node, at: names, with: new)
    case NAME_LINKED: if let life = node.life { tree.insert(life, at: new) }
    default: break
    }
    return false
  }

  private func create(at path: [[UInt8]], in view: View, _ time: UInt64) {
    let tree = views[view] ?? PathTree()
    let life = FileLife(created: time, in: tree)
    views[view] = tree
    tree.insert(life, at: path)
    order.append(life)
    let most = Int(FILE_LIVES)
    guard order.count >= 2 * most else { return }
    order.removeAll(where: \.isOver)
    for life in order.dropLast(most) { life.forget() }
    order = order.suffix(most)
  }

  /// The file at a path, also one that leads through symbolic links.
  private func find(
    _ path: TaskPath, in tree: PathTree, isOwnView: Bool
  ) -> (PathTree.Node, [[UInt8]])? {
    if let node = tree.node(at: path.names) { return (node, path.names) }
    guard isOwnView else { return nil }
    let resolved = path.resolved(true)
    return tree.node(at: resolved).map { ($0, resolved) }
  }

  /// The number of the mount namespace of this process; 0 where it is not known.
  private static var ownMountNamespace: UInt32 {
    var status = stat()
    guard unsafe stat("/proc/self/ns/mnt", &status) == 0 else { return 0 }
    return UInt32(truncatingIfNeeded: status.st_ino)
  }
}
