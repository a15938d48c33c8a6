import CLinux

/// A file whose code processes have mapped, or that a user named.
struct CodeFile: Hashable {
  /// How this process reaches it.
  enum Way {
    case path(String)
    /// By a path as a process sees it.
    case root(of: String)
    /// The same, and where the file there is another one or none, through the mapping.
    case mapping(of: String, range: String, inode: String)
  }

  /// Which file it is: the device and the inode, as the kernel tells them of a mapping.
  let identity: String
  /// As the process sees it.
  let name: String
  let way: Way

  static func == (left: CodeFile, right: CodeFile) -> Bool { left.identity == right.identity }
  func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  /// Its name without folders.
  var basename: Substring { name.split(separator: "/").last ?? "" }

  /// A file by a path of this process.
  static func at(_ path: String, named name: String? = nil) -> CodeFile {
    CodeFile(identity: path, name: name ?? path, way: .path(path))
  }

  /// Opens it; nil where it cannot be reached, or is no regular file.
  func open() -> OwnedDescriptor? {
    switch way {
    case .path(let path): return OwnedDescriptor(linux_open_regular(-1, path, true))
    case .root(let process): return open(in: process)
    case .mapping(let process, let range, let inode):
      if let file = open(in: process), let status = file.status, "\(status.st_ino)" == inode {
        return file
      }
      return OwnedDescriptor(linux_open_regular(-1, "/proc/\(process)/map_files/\(range)", true))
    }
  }

  private func open(in process: String) -> OwnedDescriptor? {
    guard let root = OwnedDescriptor(linux_open_root(process)) else { return nil }
    return OwnedDescriptor(linux_open_regular(root.number, name, true))
  }

  /// Those of a process; nil where this process may not look, or there is none.
  static func all(of process: String) -> [CodeFile]? {
    let mappings = Mapping.all(
      in: "/proc/\(process)/maps", atMost: ProcessImage.mostMappings, seconds: 1)
    guard let mappings else { return nil }
    var known: Set<CodeFile> = []
    return mappings.filter(\.isFile).compactMap { mapping in
      let range = "\(String(mapping.start, radix: 16))-\(String(mapping.end, radix: 16))"
      let file = CodeFile(
        identity: mapping.file, name: mapping.path,
        way: .mapping(
          of: process, range: range, inode: String(mapping.file.dropFirst(mapping.device.count + 1))
        ))
      return known.insert(file).inserted ? file : nil
    }
  }

  /// How long all processes are looked at, each of which can have a million mappings.
  private static let seconds = 20.0

  /// Those of all processes that this one may look at, itself first.
  static func ofAllProcesses() -> [CodeFile] {
    let thread = BoundedThread.make()
    let end = EventClock.now + UInt64(seconds * 1e9)
    var known: Set<CodeFile> = []
    var files: [CodeFile] = []
    for process in ["self"] + Processes.all().map(String.init) where EventClock.now < end {
      let found = thread.run(atMost: 2) { all(of: process) } ?? nil
      for file in found ?? [] where known.insert(file).inserted { files.append(file) }
    }
    return files
  }
}
