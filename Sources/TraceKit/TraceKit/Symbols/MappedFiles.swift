import CLinux
import Glibc

/// The files that are mapped anywhere, each opened once for each user, while there is a
/// process through which it can be reached.
final class MappedFiles {
  private struct Key: Hashable {
    let user: UInt32
    /// Device and number.
    let file: String
  }

  private let shared: SymbolDomain.Shared
  private var domains: [UInt32: SymbolDomain] = [:]
  private var files: [Key: MappedFile] = [:]
  private var vdso: MappedFile??
  /// Devices on which a file did not open in time.
  private var stuck: Set<Substring> = []

  init(tell: @escaping (String) -> Void) {
    shared = SymbolDomain.Shared(tell: tell)
  }

  var thread: BoundedThread { shared.thread }

  func domain(of user: UInt32) -> SymbolDomain {
    if let known = domains[user] { return known }
    let domain = SymbolDomain(user: user, shared: shared)
    domains[user] = domain
    return domain
  }

  /// The file of a mapping; nil where it is of none, or cannot be reached.
  ///
  /// - Parameters:
  ///   - pid: the process that has mapped it,
  ///   - root: and its root directory.
  ///   - domain: that of the user of the process.
  func file(
    of mapping: Mapping, of pid: UInt32, root: OwnedDescriptor?, in domain: SymbolDomain
  ) -> MappedFile? {
    if mapping.isVDSO {
      if let vdso { return vdso }
      vdso = ownVDSO()
      return vdso ?? nil
    }
    guard mapping.isFile else { return nil }
    let key = Key(user: domain.user, file: mapping.file)
    if let known = files[key] { return known }
    guard let root, !stuck.contains(mapping.device) else { return nil }
    guard let opened = thread.run(atMost: 2, { Self.open(mapping, of: pid, root: root) }) else {
      stuck.insert(mapping.device)
      return nil
    }
    guard let opened,
      let file = MappedFile(path: mapping.filePath, opened, of: pid, in: domain)
    else { return nil }
    files[key] = file
    return file
  }

  /// Opens the file of a mapping: the very one, which may be deleted, where the kernel
  /// allows it; else by its path, which is seen from the root directory of the process or,
  /// if that was changed without a mount namespace, from this one's.
  static func open(
    _ mapping: Mapping, of pid: UInt32, root: OwnedDescriptor
  ) -> OwnedDescriptor? {
    let path = mapping.filePath
    let places = [
      (-1, "/proc/\(pid)/map_files/\(mapping.range)"), (root.number, path), (-1, path),
    ]
    for (root, path) in places {
      // A file that was replaced has another number. The device is not compared:
      // filesystems that lie on others (overlay, btrfs) have two.
      if let file = OwnedDescriptor(linux_open_regular(root, path, true)),
        let status = file.status, mapping.file.hasSuffix(" \(status.st_ino)")
      {
        return file
      }
    }
    return nil
  }

  /// The code that the kernel lends to every process, which is the same in this one.
  private func ownVDSO() -> MappedFile? {
    let address = linux_vdso()
    guard let start = UnsafeRawPointer(bitPattern: UInt(address)),
      let maps = Mapping.all(in: "/proc/self/maps", atMost: 4096, seconds: 1),
      let mapping = maps.first(where: \.isVDSO), mapping.start == address,
      let file = OwnedDescriptor(linux_memory_file("vdso"))
    else { return nil }
    let size = Int(mapping.end - mapping.start)
    guard write(file.number, start, size) == size else { return nil }
    return MappedFile(path: "[vdso]", file, in: domain(of: geteuid()))
  }
}
