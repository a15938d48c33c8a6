/// A file that was created.
final class FileLife {
  let created: UInt64
  /// Where it has a name.
  fileprivate(set) var nodes: [PathTree.Node] = []

  private let tree: PathTree

  init(created: UInt64, in tree: PathTree) {
    self.created = created
    self.tree = tree
  }

  var isOver: Bool { nodes.isEmpty }

  func forget() {
    for node in nodes { tree.remove(node) }
  }
}

/// Files by their paths. A directory is there as long as it has one of them in it.
final class PathTree {
  final class Node {
    fileprivate(set) var name: [UInt8]
    fileprivate(set) weak var parent: Node?
    fileprivate(set) var children: [[UInt8]: Node] = [:]
    fileprivate(set) var life: FileLife?

    fileprivate init(_ name: [UInt8]) {
      self.name = name
    }
  }

  private let top = Node([])
  /// How many nodes have a name.
  private var uses: [[UInt8]: Int] = [:]

  func node(at path: [[UInt8]]) -> Node? {
    var node = top
    for name in path {
      guard let child = node.children[name] else { return nil }
      node = child
    }
    return node === top ? nil : node
  }

  var isEmpty: Bool { top.children.isEmpty }

  func hasName(_ name: [UInt8]) -> Bool { uses[name] != nil }

  func insert(_ life: FileLife, at path: [[UInt8]]) {
    guard let name = path.last else { return }
    let node = Node(name)
    node.life = life
    life.nodes.append(node)
    attach(node, at: path)
  }

  /// Takes a name from its file.
  func remove(_ node: Node) {
    node.life?.nodes.removeAll { $0 === node }
    node.life = nil
    prune(node)
  }

  /// Moves a file, or a directory with all that is in it.
  func move(_ node: Node, to path: [[UInt8]]) {
    let parent = detach(node)
    attach(node, at: path)
    if let parent { prune(parent) }
  }

  /// Lets two names change places, of which the second need not be known.
  func exchange(_ node: Node, at path: [[UInt8]], with other: [[UInt8]]) {
    guard let second = self.node(at: other) else { return move(node, to: other) }
    let parents = [detach(node), detach(second)]
    attach(node, at: other)
    attach(second, at: path)
    for case let parent? in parents { prune(parent) }
  }

  private func attach(_ node: Node, at path: [[UInt8]]) {
    guard let name = path.last else { return }
    var parent = top
    for name in path.dropLast() {
      let next = parent.children[name] ?? Node(name)
      if next.parent == nil { link(next, to: parent) }
      parent = next
    }
    if let replaced = parent.children[name] { forget(replaced) }
    node.name = name
    link(node, to: parent)
  }

  private func link(_ node: Node, to parent: Node) {
    node.parent = parent
    parent.children[node.name] = node
    uses[node.name, default: 0] += 1
  }

  @discardableResult
  private func detach(_ node: Node) -> Node? {
    let parent = node.parent
    parent?.children[node.name] = nil
    node.parent = nil
    let left = (uses[node.name] ?? 1) - 1
    uses[node.name] = left > 0 ? left : nil
    return parent
  }

  /// Drops what is not there any more, with all that was in it.
  private func forget(_ node: Node) {
    for child in Array(node.children.values) { forget(child) }
    node.life?.nodes.removeAll { $0 === node }
    node.life = nil
    detach(node)
  }

  /// Drops a node that has nothing in it, and the directories that have nothing else.
  private func prune(_ node: Node) {
    var node = node
    while node !== top, node.life == nil, node.children.isEmpty {
      guard let parent = detach(node) else { return }
      node = parent
    }
  }
}
