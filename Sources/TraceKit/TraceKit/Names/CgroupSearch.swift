/// Finds the control group of a unit or of a container.
struct CgroupSearch {
  private let root: String
  private let paths: [String]

  /// - Parameter root: the directory of the hierarchy's root.
  init(root: String) {
    self.root = root
    var paths: [String] = []
    CgroupTree.walk(root) { path, _ in paths.append(path) }
    self.paths = paths.sorted()
  }

  /// The directory of a unit.
  ///
  /// A unit of the system's service manager comes before those of users and of
  /// containers that have the same name.
  ///
  /// - Throws: ``ToolError`` where there is none or several.
  func unit(_ name: String) throws -> String {
    let unit = UnitName.full(name)
    let all = paths.map { ($0, CgroupPath($0)) }.filter { _, path in
      path.components.last.map { UnitName.unescaped(directory: $0) == unit } ?? false
    }
    let system = all.filter { $0.1.isOfSystemManager }
    let found = (system.isEmpty ? all : system).map(\.0)
    guard found.count <= 1 else {
      throw ToolError(
        .usage, "--unit: '\(name)' matches several units; use --cgroup: \(list(found))")
    }
    guard let path = found.first else {
      throw ToolError(
        .usage, "--unit: '\(unit)' is not running: it has no cgroup below \(root)")
    }
    return root + path
  }

  /// The directory of a container.
  ///
  /// As with docker a whole id comes before a name, and a name before the start of
  /// an id.
  ///
  /// - Parameters:
  ///   - word: an id, its start, or a name.
  ///   - names: where names are looked up.
  /// - Throws: ``ToolError`` where there is none or several.
  func container(_ word: String, names: ContainerNames) throws -> String {
    let all = outermost(
      paths.compactMap { path in
        CgroupPath(path).ownContainer.map { (path, $0) }
      })
    var found = all.filter { $0.container.id == word }
    if found.isEmpty { found = all.filter { names.names(of: $0.container).contains(word) } }
    if found.isEmpty, !word.isEmpty {
      found = all.filter { $0.container.hasID && $0.container.id.hasPrefix(word) }
    }
    guard found.count <= 1 else {
      throw ToolError(
        .usage,
        "--container: '\(word)' matches several containers; use a longer ID or --cgroup: "
          + list(found.map(\.path)))
    }
    guard let path = found.first?.path else {
      throw ToolError(
        .usage, "--container: no running container has the name or ID '\(word)'")
    }
    return root + path
  }

  /// A container that has groups of its own below its group is there once.
  private func outermost(
    _ all: [(path: String, container: CgroupContainer)]
  ) -> [(path: String, container: CgroupContainer)] {
    let byContainer = Dictionary(grouping: all, by: \.container)
    return all.filter { inner in
      guard let groups = byContainer[inner.container], groups.count > 1 else { return true }
      return !groups.contains { outer in inner.path.hasPrefix(outer.path + "/") }
    }
  }

  /// Paths for a sentence; users choose the names of some.
  private func list(_ paths: [String]) -> String {
    let most = 8
    let text = OutputBuffer(capacity: 256)
    for (index, path) in paths.prefix(most).enumerated() {
      if index > 0 { text.append(", ") }
      var path = path
      path.withUTF8 { text.append(escaped: UnsafeRawBufferPointer($0)) }
    }
    if paths.count > most { text.append(", ...") }
    return text.withBytes { String(decoding: $0, as: UTF8.self) }
  }
}
