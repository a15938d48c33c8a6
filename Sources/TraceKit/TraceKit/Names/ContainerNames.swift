import Glibc

/// Names of containers, from the files in which the runtimes keep their state.
/// No daemon is asked.
final class ContainerNames {
  private let root: String
  private let home: (UInt32) -> String?
  /// What the files of a runtime that lists all its containers said.
  private var lists: [String: [String: [String]]] = [:]

  /// More is not read of a file.
  private static let greatestSize = 16 << 20

  /// - Parameters:
  ///   - root: the prefix of each path.
  ///   - home: the home directory of a user.
  init(
    root: String = "",
    home: @escaping (UInt32) -> String? = { uid in
      getpwuid(uid).map { String(cString: $0.pointee.pw_dir) }
    }
  ) {
    self.root = root
    self.home = home
  }

  /// All names, that for people first; none where no runtime knows the container,
  /// or its files may not be read.
  ///
  /// What a user's runtime says is believed of the containers of this user only.
  func names(of container: CgroupContainer) -> [String] {
    guard container.hasID else { return [container.id] }
    let id = container.id
    guard let user = container.user else {
      return docker(id, in: "/var/lib/docker")
        ?? annotated(id, in: bundles)
        + listed(id, in: ["/var/lib/containers/storage", "/run/containers/storage"])
    }
    guard let home = home(user) else { return [] }
    return docker(id, in: home + "/.local/share/docker")
      ?? listed(
        id, in: [home + "/.local/share/containers/storage", "/run/user/\(user)/containers"])
  }

  private func docker(_ id: String, in directory: String) -> [String]? {
    var name = ""
    let isWhole = scan("\(directory)/containers/\(id)/config.v2.json") {
      (scanner) throws(JSONScanner.Malformed) in
      try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
        guard key == "Name" else { return try scanner.skip() }
        name = try scanner.string()
      }
    }
    // It has a slash in front.
    let bare = String(name.drop { $0 == "/" })
    return isWhole && !bare.isEmpty ? [bare] : nil
  }

  /// The directories with a bundle for each container, by the runtime's namespace
  /// for containerd.
  private var bundles: [(directory: String, file: String)] {
    var all: [(String, String)] = []
    for state in ["/run/containerd", "/run/k3s/containerd"] {
      let tasks = state + "/io.containerd.runtime.v2.task"
      all += subdirectories(of: tasks).map { ("\(tasks)/\($0)", "config.json") }
    }
    return all + [("/run/containers/storage/overlay-containers", "userdata/config.json")]
  }

  /// Names that CRI's runtimes and nerdctl write into the annotations of a bundle.
  private func annotated(
    _ id: String, in bundles: [(directory: String, file: String)]
  ) -> [String] {
    let keys = [
      "io.kubernetes.cri.container-name", "nerdctl/name", "io.kubernetes.container.name",
      "io.kubernetes.cri-o.Name",
    ]
    for bundle in bundles {
      var found: [String: String] = [:]
      let isWhole = scan("\(bundle.directory)/\(id)/\(bundle.file)") {
        (scanner) throws(JSONScanner.Malformed) in
        try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
          guard key == "annotations", scanner.begins("{") else { return try scanner.skip() }
          try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
            let text = try scanner.string()
            if keys.contains(key), !text.isEmpty { found[key] = text }
          }
        }
      }
      let names = keys.compactMap { found[$0] }
      if isWhole, !names.isEmpty { return names }
    }
    return []
  }

  /// Names of podman and CRI-O, which list their containers: in a second file those
  /// that are removed when they end.
  private func listed(_ id: String, in stores: [String]) -> [String] {
    let files = stores.flatMap { store in
      subdirectories(of: store).filter { $0.hasSuffix("-containers") }.flatMap { driver in
        ["containers.json", "volatile-containers.json"].map { "\(store)/\(driver)/\($0)" }
      }
    }
    for file in files {
      // A list that lacks it may be older than the container.
      if lists[file]?[id] == nil { lists[file] = list(file) }
      if let names = lists[file]?[id], !names.isEmpty { return names }
    }
    return []
  }

  private func list(_ file: String) -> [String: [String]] {
    var list: [String: [String]] = [:]
    let isWhole = scan(file) { (scanner) throws(JSONScanner.Malformed) in
      try scanner.array { (scanner) throws(JSONScanner.Malformed) in
        var (id, names): (String, [String]) = ("", [])
        try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
          if key == "id" {
            id = try scanner.string()
          } else if key == "names", scanner.begins("[") {
            try scanner.array { (scanner) throws(JSONScanner.Malformed) in
              names.append(try scanner.string())
            }
          } else {
            try scanner.skip()
          }
        }
        list[id] = names
      }
    }
    return isWhole ? list : [:]
  }

  /// Reads a file of JSON.
  ///
  /// - Returns: whether it could be read and was right to its end.
  private func scan(
    _ path: String, _ body: (inout JSONScanner) throws(JSONScanner.Malformed) -> Void
  ) -> Bool {
    guard let bytes = File.bytes(of: root + path, atMost: Self.greatestSize) else { return false }
    return (try? JSONScanner.scan(bytes, body)) != nil
  }

  private func subdirectories(of path: String) -> [String] {
    File.subdirectories(of: root + path).sorted()
  }
}
