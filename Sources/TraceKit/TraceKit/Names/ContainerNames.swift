import Glibc

/// What the files of a runtime say of a container.
struct ContainerRecord: Equatable {
  /// All names, that for people first.
  var names: [String] = []
  var pod: PodName?
}

/// Names of containers and pods, from the files in which the runtimes and kubelet keep their
/// state. No daemon is asked.
final class ContainerNames {
  private let files: StateFiles
  private let home: (UInt32) -> String?
  /// What the files of a runtime that lists all its containers say.
  private var lists: [String: StateList<String, [String]>] = [:]
  private var kubelet: KubeletNames
  /// What is in directories, where it is not looked up again.
  private var directories: [String: [String]] = [:]

  /// - Parameters:
  ///   - root: the prefix of each path.
  ///   - sought: the only name that is of interest, if one is: where it is not, others may be
  ///     missing.
  ///   - home: the home directory of a user.
  init(
    root: String = "", sought: String? = nil,
    home: @escaping (UInt32) -> String? = { uid in
      getpwuid(uid).map { String(cString: $0.pointee.pw_dir) }
    }
  ) {
    files = StateFiles(root: root, sought: sought.map(SoughtName.init))
    kubelet = KubeletNames(files: files)
    self.home = home
  }

  /// All names, that for people first; none where no runtime knows the container,
  /// or its files may not be read.
  func names(of container: CgroupContainer) -> [String] { record(of: container).names }

  /// All that the files say.
  ///
  /// What a user's runtime says is believed of the containers of this user only.
  func record(of container: CgroupContainer) -> ContainerRecord {
    guard container.hasID else { return ContainerRecord(names: [container.id]) }
    let id = container.id
    guard let user = container.user else { return record(ofSystem: id) }
    guard let home = home(user) else { return ContainerRecord() }
    return docker(id, in: home + "/.local/share/docker")
      ?? ContainerRecord(
        names: listed(
          id, in: [home + "/.local/share/containers/storage", "/run/user/\(user)/containers"]))
  }

  private func record(ofSystem id: String) -> ContainerRecord {
    if let record = docker(id, in: "/var/lib/docker") { return record }
    var record = annotated(id)
    record.names += listed(id, in: ["/var/lib/containers/storage", "/run/containers/storage"])
    if record.pod == nil || record.names.isEmpty, let known = kubelet.container(id) {
      if record.names.isEmpty { record.names = [known.name] }
      record.pod = record.pod ?? known.pod
    }
    return record
  }

  /// The pod with a UID; nil where kubelet has none, or its files may not be read.
  func pod(_ uid: String) -> PodName? { kubelet.pod(uid) }

  /// With cri-dockerd the labels have what Kubernetes calls the container.
  private func docker(_ id: String, in directory: String) -> ContainerRecord? {
    var name = ""
    var labels = ContainerLabels()
    let isWhole = files.scan("\(directory)/containers/\(id)/config.v2.json") {
      (scanner) throws(JSONScanner.Malformed) in
      try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
        if key == "Name" {
          name = try scanner.string()
        } else if key == "Config", scanner.begins("{") {
          try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
            guard key == "Labels", scanner.begins("{") else { return try scanner.skip() }
            try labels.read(&scanner)
          }
        } else {
          try scanner.skip()
        }
      }
    }
    // It has a slash in front.
    let bare = String(name.drop { $0 == "/" })
    guard isWhole, StateFiles.isName(bare) else { return nil }
    return ContainerRecord(names: labels.names + [bare], pod: labels.pod)
  }

  /// Who seeks a name asks about all containers at once.
  private func subdirectories(of path: String) -> [String] {
    if let known = directories[path] { return known }
    let found = files.subdirectories(of: path)
    if files.sought != nil { directories[path] = found }
    return found
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

  /// What CRI's runtimes and nerdctl write into the annotations of a bundle.
  private func annotated(_ id: String) -> ContainerRecord {
    for bundle in bundles {
      var labels = ContainerLabels()
      let isWhole = files.scan("\(bundle.directory)/\(id)/\(bundle.file)") {
        (scanner) throws(JSONScanner.Malformed) in
        try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
          guard key == "annotations", scanner.begins("{") else { return try scanner.skip() }
          try labels.read(&scanner)
        }
      }
      if isWhole, !labels.names.isEmpty || labels.pod != nil {
        return ContainerRecord(names: labels.names, pod: labels.pod)
      }
    }
    return ContainerRecord()
  }

  /// Names of podman and CRI-O, which list their containers: in a second file those
  /// that are removed when they end.
  private func listed(_ id: String, in stores: [String]) -> [String] {
    let paths = stores.flatMap { store in
      subdirectories(of: store).filter { $0.hasSuffix("-containers") }.flatMap { driver in
        ["containers.json", "volatile-containers.json"].map { "\(store)/\(driver)/\($0)" }
      }
    }
    for path in paths {
      let names = lists[path, default: StateList()].value(id, in: path, of: files) { list(path) }
      if let names, !names.isEmpty { return names }
    }
    return []
  }

  private func list(_ path: String) -> [String: [String]] {
    var list: [String: [String]] = [:]
    let isWhole = files.scan(path) { (scanner) throws(JSONScanner.Malformed) in
      try scanner.array { (scanner) throws(JSONScanner.Malformed) in
        var (id, names): (String, [String]) = ("", [])
        try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
          if key == "id" {
            id = try scanner.string()
          } else if key == "names", scanner.begins("[") {
            try scanner.array { (scanner) throws(JSONScanner.Malformed) in
              let name = try scanner.string()
              if StateFiles.isName(name) { names.append(name) }
            }
          } else {
            try scanner.skip()
          }
        }
        if list.count < StateFiles.greatestCount { list[id] = names }
      }
    }
    return isWhole ? list : [:]
  }
}
