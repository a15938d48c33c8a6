import CLibbpf
import Glibc

/// A map that somebody has pinned in a BPF file system, opened for reading.
@safe public final class PinnedMap {
  public let path: String
  let descriptor: Int32

  /// - Parameters:
  ///   - path: the file of the map.
  ///   - keySizes: the sizes, in bytes, of which its keys have one.
  /// - Throws: ``BPFError`` where the file is no hash map with such keys.
  public init(_ path: String, keySizes: [Int]) throws(BPFError) {
    self.path = path
    var options = bpf_obj_get_opts()
    // Without what fills the struct up, which must be 0.
    options.sz = MemoryLayout<Int>.size + MemoryLayout<UInt32>.size
    options.file_flags = UInt32(BPF_F_RDONLY)
    descriptor = unsafe bpf_obj_get_opts(path, &options)
    guard descriptor >= 0 else {
      let errno = ErrorNumber(rawValue: -descriptor)
      // The kernel refuses any other file so.
      throw errno == .accessDenied && File.exists(path)
        ? Self.error(path, "it is not pinned in a BPF file system, or may not be read")
        : BPFError(.openMap, path, errno: errno)
    }
    var info = bpf_map_info()
    var size = UInt32(MemoryLayout<bpf_map_info>.size)
    guard Self.isMap(descriptor), unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0
    else {
      throw Self.error(path, "it is not a map")
    }
    guard info.type == BPF_MAP_TYPE_HASH.rawValue || info.type == BPF_MAP_TYPE_LRU_HASH.rawValue
    else { throw Self.error(path, "it is not a hash map") }
    guard keySizes.contains(Int(info.key_size)) else {
      let wanted = keySizes.map(String.init).joined(separator: " or ")
      throw Self.error(path, "its keys have \(info.key_size) bytes, not \(wanted)")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func error(_ path: String, _ explanation: String) -> BPFError {
    BPFError(.openMap, path, explanation: explanation)
  }

  /// Programs and links can be pinned too, and are described by other structs.
  private static func isMap(_ descriptor: Int32) -> Bool {
    File.contents(of: "/proc/self/fdinfo/\(descriptor)")?.contains("map_type:") ?? false
  }
}
