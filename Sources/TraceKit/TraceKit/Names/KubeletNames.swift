/// A pod of Kubernetes.
struct PodName: Equatable, Sendable {
  var name: String
  var namespace: String

  /// - Returns: nil where one of both is no name.
  init?(name: some StringProtocol, namespace: some StringProtocol) {
    guard StateFiles.isName(name), StateFiles.isName(namespace) else { return nil }
    (self.name, self.namespace) = (String(name), String(namespace))
  }
}

/// The names of the directories and links that kubelet makes for the logs of pods, whatever the
/// runtime. They say who runs, and need no look into a file.
struct KubeletNames {
  private let files: StateFiles
  private var containers = StateList<String, Container>()
  private var pods = StateList<String, PodName>()

  /// A container of a pod.
  struct Container: Equatable {
    let name: String
    let pod: PodName
  }

  static let links = "/var/log/containers"
  static let directories = "/var/log/pods"

  init(files: StateFiles) {
    self.files = files
  }

  /// The container with an id.
  mutating func container(_ id: String) -> Container? {
    containers.value(id, in: Self.links, of: files) { [files] in
      Self.table(files.names(in: Self.links), Self.container(link:))
    }
  }

  /// The pod with a UID.
  mutating func pod(_ uid: String) -> PodName? {
    pods.value(uid, in: Self.directories, of: files) { [files] in
      Self.table(files.names(in: Self.directories), Self.pod(directory:))
    }
  }

  private static func table<Value>(
    _ names: [String], _ entry: (String) -> (String, Value)?
  ) -> [String: Value] {
    var table: [String: Value] = [:]
    for (key, value) in names.lazy.prefix(StateFiles.greatestCount).compactMap(entry) {
      table[key] = value
    }
    return table
  }

  /// `POD_NAMESPACE_CONTAINER-ID.log`: none of the names can have an underscore.
  static func container(link: String) -> (String, Container)? {
    let parts = link.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2].hasSuffix(".log"),
      let pod = PodName(name: parts[0], namespace: parts[1])
    else { return nil }
    let both = parts[2].dropLast(4)
    let id = both.suffix(64), name = both.dropLast(65)
    guard both.utf8.count > 65, both.dropLast(64).last == "-",
      id.utf8.allSatisfy(CgroupContainer.isHexDigit)
    else { return nil }
    return (String(id), Container(name: String(name), pod: pod))
  }

  /// `NAMESPACE_POD_UID`.
  static func pod(directory: String) -> (String, PodName)? {
    let parts = directory.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, CgroupPath.isPodUID(parts[2]),
      let pod = PodName(name: parts[1], namespace: parts[0])
    else { return nil }
    return (String(parts[2]), pod)
  }
}
