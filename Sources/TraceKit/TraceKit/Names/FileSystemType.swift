public import Wire

/// A file system that can be traced, by the name that users know.
public enum FileSystemType: String, Sendable, NamedValue {
  case bcachefs, btrfs, exfat, ext4, f2fs, fuse, nfs, ntfs3, overlay, tmpfs, vfat, xfs, zfs

  /// Drivers by the names that the kernel has for them. That of ext4 serves its
  /// predecessors too.
  var drivers: [String] {
    switch self {
    case .ext4: ["ext4", "ext3", "ext2"]
    case .fuse: ["fuse", "fuseblk"]
    case .nfs: ["nfs", "nfs4"]
    default: [rawValue]
    }
  }

  /// The type that a tool's name begins with, as in `ext4dist`.
  ///
  /// - Parameter suffix: the rest of the name.
  public init?(invokedWith suffix: String) {
    let name = CommandLine.arguments.first?.split(separator: "/").last ?? ""
    guard name.hasSuffix(suffix) else { return nil }
    self.init(rawValue: String(name.dropLast(suffix.count)))
  }
}

extension filesystem_filter {
  /// - Parameter types: nothing lets all pass that are known.
  public init(_ types: [FileSystemType]) {
    self.init()
    let names = (types.isEmpty ? FileSystemType.allCases : types).flatMap(\.drivers)
    count = UInt32(names.count)
    withUnsafeMutableBytes(of: &self.names) { bytes in
      for (index, name) in names.enumerated() {
        let start = index * Int(FILESYSTEM_NAME_SIZE)
        bytes[start..<start + name.utf8.count].copyBytes(from: Array(name.utf8))
      }
    }
  }
}
