import Glibc

/// What the machine has at this moment.
extension Candidate {
  static var processes: [Candidate] {
    Processes.all().sorted().map { Candidate("\($0)", name(at: "/proc/\($0)")) }
  }

  static var threads: [Candidate] {
    Processes.all().sorted().flatMap { pid in
      File.subdirectories(of: "/proc/\(pid)/task").compactMap { UInt32($0) }.sorted().map {
        Candidate("\($0)", name(at: "/proc/\(pid)/task/\($0)"))
      }
    }
  }

  /// The names of all processes.
  static var commands: [Candidate] {
    sorted(Processes.all().compactMap { name(at: "/proc/\($0)") })
  }

  static var users: [Candidate] {
    setpwent()
    defer { endpwent() }
    var users: [Candidate] = []
    while let entry = getpwent() {
      users.append(
        Candidate(String(cString: entry.pointee.pw_name), "\(entry.pointee.pw_uid)"))
    }
    return users
  }

  static var units: [Candidate] {
    sorted(groups.compactMap { $0.components.last.flatMap { CgroupPath($0).unit } })
  }

  static var containers: [Candidate] {
    let names = ContainerNames()
    return sorted(
      groups.compactMap(\.ownContainer).map { names.names(of: $0).first ?? $0.shortID })
  }

  /// Those of ip-netns(8).
  static var networkNamespaces: [Candidate] {
    sorted(File.names(in: "/run/netns"))
  }

  /// Whole disks: a partition is none to the kernel when it completes a request.
  static var disks: [Candidate] {
    sorted(File.names(in: "/sys/block"))
  }

  private static var groups: [CgroupPath] {
    guard let root = Cgroups.root else { return [] }
    var paths: [CgroupPath] = []
    CgroupTree.walk(root) { path, _ in paths.append(CgroupPath(path)) }
    return paths
  }

  private static func sorted(_ values: [String]) -> [Candidate] {
    Set(values).sorted().map { Candidate($0) }
  }

  private static func name(at folder: String) -> String? {
    File.contents(of: "\(folder)/comm").map { String($0.prefix { $0 != "\n" }) }
  }
}
