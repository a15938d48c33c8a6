import Glibc

/// A file whose code processes have mapped.
struct CodeFile: Hashable {
  /// Which file it is: the device and the inode, as the kernel tells them of a mapping.
  let identity: String
  /// As the process sees it.
  let name: String
  /// Where this process reaches it: through the root of the one that maps it, or where
  /// it is deleted or hidden, through the mapping.
  let path: String

  static func == (left: CodeFile, right: CodeFile) -> Bool { left.identity == right.identity }
  func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  /// Its name without folders.
  var basename: Substring { name.split(separator: "/").last ?? "" }

  /// Those of a process; nil where this process may not look, or there is none.
  static func all(of process: String) -> [CodeFile]? {
    guard let maps = File.contents(of: "/proc/\(process)/maps") else { return nil }
    var files: [CodeFile] = []
    for line in maps.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard parts.count == 6, parts[1].contains("x") else { continue }
      let name = String(parts[5].drop { $0 == " " })
      guard name.hasPrefix("/") else { continue }
      let seen = "/proc/\(process)/root\(name)"
      let file = CodeFile(
        identity: "\(parts[3]) \(parts[4])", name: name,
        path: File.exists(seen) ? seen : "/proc/\(process)/map_files/\(parts[0])")
      if !files.contains(file) { files.append(file) }
    }
    return files
  }

  /// Those of all processes that this one may look at, itself first.
  static func ofAllProcesses() -> [CodeFile] {
    var known: Set<CodeFile> = []
    var files: [CodeFile] = []
    for process in ["self"] + Processes.all().map(String.init) {
      for file in all(of: process) ?? [] where known.insert(file).inserted {
        files.append(file)
      }
    }
    return files
  }
}
