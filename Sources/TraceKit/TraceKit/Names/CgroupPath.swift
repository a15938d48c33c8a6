/// What the path of a cgroup says about the tasks in it, by the ways in which
/// systemd and the runtimes of containers name their groups.
struct CgroupPath {
  let components: [Substring]

  /// - Parameter path: below the root of the hierarchy.
  init(_ path: some StringProtocol) {
    // By bytes, since a machine can have thousands, and characters take ten times as long.
    components = String(path).utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
  }

  /// The innermost unit; nil where there is none.
  var unit: String? {
    components.last { UnitName.isUnit($0) }.map { String(UnitName.unescaped(directory: $0)) }
  }

  /// Whether the group itself is of the system's service manager: those of a user
  /// and those in a container lie in another unit than a slice.
  var isOfSystemManager: Bool {
    components.dropLast().allSatisfy { $0.hasSuffix(".slice") }
  }

  /// The user in whose slice it lies.
  var user: UInt32? {
    for component in components where component.hasPrefix("user-") {
      if component.hasSuffix(".slice") { return UInt32(component.dropFirst(5).dropLast(6)) }
    }
    return nil
  }

  /// The UID of the innermost pod of Kubernetes; nil where there is none.
  var podUID: String? {
    for index in components.indices.reversed() {
      let parent = index > 0 ? components[index - 1] : ""
      if let uid = Self.podUID(in: components[index], parent: parent) { return uid }
    }
    return nil
  }

  /// By kubelet's driver for systemd `kubepods-podUID.slice`, with the class of service before
  /// the last dash and `_` for each `-` of the UID; by the other one `podUID` in `kubepods` or in
  /// a class below it. Before a container may be more: `kubepods-podUID.slice:cri-containerd:ID`.
  private static func podUID(in directory: Substring, parent: Substring) -> String? {
    if ["kubepods", "burstable", "besteffort"].contains(parent), directory.hasPrefix("pod") {
      let uid = directory.dropFirst(3)
      return isPodUID(uid) ? String(uid) : nil
    }
    let parts = directory.split(separator: ".slice", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].isEmpty || parts[1].hasPrefix(":") else { return nil }
    let words = parts[0].split(separator: "-")
    guard let last = words.last, last.hasPrefix("pod"), words.dropLast().contains("kubepods")
    else { return nil }
    let uid = String(last.dropFirst(3).map { $0 == "_" ? "-" : $0 })
    return isPodUID(uid) ? uid : nil
  }

  /// A UUID; of a pod that kubelet has from a file, a hash without dashes.
  static func isPodUID(_ text: some StringProtocol) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || CgroupContainer.isHexDigit($0) }
  }

  /// The innermost container; nil where there is none.
  var container: CgroupContainer? {
    for index in components.indices.reversed() {
      if let container = container(at: index) { return container }
    }
    return nil
  }

  /// The container whose group this is, and not one below it.
  var ownContainer: CgroupContainer? {
    components.indices.last.flatMap { container(at: $0) }
  }

  private func container(at index: Int) -> CgroupContainer? {
    CgroupContainer(
      directory: components[index], parent: index > 0 ? components[index - 1] : "", user: user)
  }
}

/// A container as the directory of its control group names it.
struct CgroupContainer: Hashable {
  /// Sixty-four hexadecimal digits; the name where the runtime has no ids.
  let id: String
  let hasID: Bool
  /// The user whose service manager runs it; nil: the system's.
  let user: UInt32?

  /// What people write for the id.
  var shortID: String { hasID ? String(id.prefix(12)) : id }

  private init(id: some StringProtocol, hasID: Bool, user: UInt32?) {
    self.id = String(id)
    self.hasID = hasID
    // The system's runtimes serve root.
    self.user = user == 0 ? nil : user
  }

  /// - Parameters:
  ///   - directory: the last part of the group's path.
  ///   - parent: the part before it.
  init?(directory: Substring, parent: Substring, user: UInt32?) {
    if let id = Self.id(in: directory) {
      self.init(id: id, hasID: true, user: user)
    } else if let name = Self.name(in: directory, parent: parent), !name.isEmpty {
      self.init(id: name, hasID: false, user: user)
    } else {
      return nil
    }
  }

  /// By the systemd driver of groups `docker-ID.scope`, `cri-containerd-ID.scope`,
  /// `crio-ID.scope`, `libpod-ID.scope`; by the other one `ID`, `crio-ID`,
  /// `libpod-ID` or `kubepods-...:cri-containerd:ID`. The monitor beside a container
  /// has the same with `conmon-`.
  private static func id(in directory: Substring) -> Substring? {
    let bytes = directory.utf8
    guard bytes.count >= 64 else { return nil }
    let id = (directory.hasSuffix(".scope") ? bytes.dropLast(6) : bytes).suffix(64)
    guard id.count == 64, id.allSatisfy(isHexDigit) else { return nil }
    let before = directory[..<id.startIndex]
    guard before.isEmpty || before.hasSuffix("-") || before.hasSuffix(":"),
      !before.hasSuffix("conmon-")
    else { return nil }
    return Substring(id)
  }

  static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// LXC, and what systemd-machined knows but for virtual machines.
  private static func name(in directory: Substring, parent: Substring) -> String? {
    if directory.hasPrefix("lxc.payload.") { return String(directory.dropFirst(12)) }
    if parent == "lxc" || parent == "lxc.payload" { return String(directory) }
    if directory.hasPrefix("machine-"), directory.hasSuffix(".scope") {
      let name = UnitName.unescaped(machine: directory.dropFirst(8).dropLast(6))
      return name.hasPrefix("qemu-") ? nil : name
    }
    if directory.hasPrefix("systemd-nspawn@"), directory.hasSuffix(".service") {
      return UnitName.unescaped(machine: directory.dropFirst(15).dropLast(8))
    }
    return nil
  }
}
