import BPF
import Glibc

/// The paths by which BPF file systems keep programs, maps and links.
enum PinnedObjects {
  /// How deep folders are looked into, and at how many files.
  private static let (depth, limit) = (16, 1 << 16)

  /// The paths of each object, in all BPF file systems that this process sees.
  static func paths() -> [BPFHolders.Object: [String]] {
    var paths: [BPFHolders.Object: [String]] = [:]
    var rest = limit
    for folder in mounts() { look(into: folder, depth: depth, &rest, &paths) }
    return paths
  }

  private static func mounts() -> Set<String> {
    let lines = (File.contents(of: "/proc/self/mounts") ?? "").split(separator: "\n")
    let mounts = lines.map { $0.split(separator: " ") }.filter { $0.count > 2 && $0[2] == "bpf" }
    return Set(mounts.map { String($0[1]) })
  }

  private static func look(
    into folder: String, depth: Int, _ rest: inout Int,
    _ paths: inout [BPFHolders.Object: [String]]
  ) {
    guard depth > 0 else { return }
    for name in File.names(in: folder, where: { $0 == DT_REG }) where rest > 0 {
      rest -= 1
      let path = "\(folder)/\(name)"
      if let object = object(at: path) { paths[object, default: []].append(path) }
    }
    for name in File.subdirectories(of: folder) where rest > 0 {
      rest -= 1
      look(into: "\(folder)/\(name)", depth: depth - 1, &rest, &paths)
    }
  }

  private static func object(at path: String) -> BPFHolders.Object? {
    guard let number = KernelObject.open(pinned: path), let file = OwnedDescriptor(number) else {
      return nil
    }
    let text = AnonymousFiles.beginning(of: "/proc/self/fdinfo/\(file.number)") ?? ""
    for kind in [KernelObject.Kind.link, .map, .program] {
      // A link has the number of its program too.
      if let id = AnonymousFiles.number("\(kind.rawValue)_id", in: text) {
        return BPFHolders.Object(kind: kind, id: id)
      }
    }
    return nil
  }
}
