/// The pinned maps of `--cgroupmap` and `--mntnsmap`, by the names that
/// `lib/filter_maps.bpf.h` has for them.
struct PinnedFilters {
  private let maps: [(name: String, pinned: PinnedMap?)]

  /// - Parameters:
  ///   - cgroups: the path of the map of cgroup ids.
  ///   - mountNamespaces: the path of that of mount namespaces, whose numbers have 32 bits.
  init(cgroups: String?, mountNamespaces: String?) throws {
    maps = [
      ("cgroup_ids", try Self.open(cgroups, for: "--cgroupmap", keySizes: [8])),
      ("mntns_ids", try Self.open(mountNamespaces, for: "--mntnsmap", keySizes: [4, 8])),
    ]
  }

  private static func open(
    _ path: String?, for option: String, keySizes: [Int]
  ) throws -> PinnedMap? {
    do {
      return try path.map { path throws(BPFError) in try PinnedMap(path, keySizes: keySizes) }
    } catch {
      throw ToolError(.usage, "\(option): \(error.summary)")
    }
  }

  /// Has an object use them, and leaves those that are not asked for out of the kernel.
  func setUp(_ object: inout OpenObject) throws(BPFError) {
    for (name, pinned) in maps {
      if let pinned {
        try object.use(pinned, as: name)
      } else if object.hasMap(name) {
        try object.leaveOut(map: name)
      }
    }
  }
}
