/// The processes of the machine, as proc shows them.
enum Processes {
  /// The greatest number that a process can have.
  static var greatestPID: UInt32 {
    File.contents(of: "/proc/sys/kernel/pid_max").flatMap { UInt32($0.prefix { $0 != "\n" }) }
      ?? Parse.greatestPID
  }

  /// All descendants of some processes.
  static func descendants(of roots: Set<UInt32>) -> Set<UInt32> {
    var children: [UInt32: [UInt32]] = [:]
    for pid in all() {
      if let parent = parent(of: pid) { children[parent, default: []].append(pid) }
    }
    var found: Set<UInt32> = []
    var rest = Array(roots)
    while let pid = rest.popLast() {
      for child in children[pid] ?? [] where found.insert(child).inserted { rest.append(child) }
    }
    return found
  }

  static func all() -> [UInt32] {
    File.subdirectories(of: "/proc").compactMap { UInt32($0) }
  }

  /// The fourth field of its stat file; the second is the name in parentheses,
  /// which may hold anything.
  private static func parent(of pid: UInt32) -> UInt32? {
    guard let stat = File.contents(of: "/proc/\(pid)/stat"), let name = stat.lastIndex(of: ")")
    else { return nil }
    let fields = stat[name...].split(separator: " ")
    return fields.count > 2 ? UInt32(fields[2]) : nil
  }
}
