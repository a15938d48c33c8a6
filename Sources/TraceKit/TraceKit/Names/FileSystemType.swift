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
}

extension filesystem_filter {
  /// - Parameter types: nothing lets all pass that are known.
  public init(_ types: [FileSystemType]) {
    self.init()
    let names = FileSystemType.allCases.filter { types.isEmpty || types.contains($0) }
      .flatMap(\.drivers)
    count = UInt32(names.count)
    withUnsafeMutableBytes(of: &self.names) { bytes in
      for (index, name) in names.enumerated() {
        let start = index * Int(FILESYSTEM_NAME_SIZE)
        bytes[start..<start + name.utf8.count].copyBytes(from: Array(name.utf8))
      }
    }
  }
}
