import CLibbpf
import Glibc

/// An array map that is pinned in a directory, with one value or one for each CPU.
@safe public final class PinnedArray {
  public let valueSize: Int
  public let count: Int
  public let descriptor: Int32
  private let isPerCPU: Bool

  /// - Parameters:
  ///   - name: what it is pinned as.
  ///   - isPerCPU: whether each CPU has values of its own.
  /// - Throws: ``PinError`` where there is none, or not this kind of map.
  public init(
    _ name: String, in directory: PinDirectory, isPerCPU: Bool = false
  ) throws(PinError) {
    let path = directory.path(of: name)
    let descriptor = unsafe bpf_obj_get(path)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .missing : .refused(path: path, .current)
    }
    self.descriptor = descriptor
    self.isPerCPU = isPerCPU
    var info = bpf_map_info()
    var size = UInt32(MemoryLayout<bpf_map_info>.size)
    let wanted = isPerCPU ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY
    let isMap = File.contents(of: "/proc/self/fdinfo/\(descriptor)")?.contains("map_type:") ?? false
    guard isMap, unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0,
      info.type == wanted.rawValue
    else {
      valueSize = 0
      count = 0
      throw .refused(path: path, .invalidArgument)
    }
    valueSize = Int(info.value_size)
    count = Int(info.max_entries)
  }

  deinit { close(descriptor) }

  /// Makes an array of one value that nobody changes, and pins it.
  public static func pin<Value: BitwiseCopyable>(
    _ value: Value, as name: String, in directory: PinDirectory
  ) throws(PinError) {
    let descriptor = unsafe bpf_map_create(
      BPF_MAP_TYPE_ARRAY, name, UInt32(MemoryLayout<UInt32>.size),
      UInt32(MemoryLayout<Value>.size), 1, nil)
    guard descriptor >= 0 else { throw .refused(path: directory.path(of: name), .current) }
    defer { close(descriptor) }
    var zero: UInt32 = 0
    var value = value
    guard unsafe bpf_map_update_elem(descriptor, &zero, &value, UInt64(BPF_ANY)) == 0,
      bpf_map_freeze(descriptor) == 0
    else { throw .refused(path: directory.path(of: name), .current) }
    try directory.pin(descriptor, as: name)
  }

  /// Copies a value into room of at least ``valueSize`` bytes.
  ///
  /// - Returns: whether it could.
  @unsafe public func read(_ index: Int, into room: UnsafeMutableRawPointer) -> Bool {
    var key = UInt32(index)
    return unsafe !isPerCPU && bpf_map_lookup_elem(descriptor, &key, room) == 0
  }

  /// The first value.
  ///
  /// - Returns: nil where it has another size.
  public func first<Value: BitwiseCopyable>(as type: Value.Type) -> Value? {
    guard valueSize == MemoryLayout<Value>.size else { return nil }
    return unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
      unsafe read(0, into: UnsafeMutableRawPointer(room.baseAddress!)) ? room[0] : nil
    }
  }

  /// The first value of each CPU that there can be.
  ///
  /// - Returns: none where they have another size.
  public func firsts<Value: BitwiseCopyable>(as type: Value.Type) -> [Value] {
    let cpus = Int(libbpf_num_possible_cpus())
    guard isPerCPU, valueSize == MemoryLayout<Value>.size, valueSize % 8 == 0, cpus > 0 else {
      return []
    }
    var key: UInt32 = 0
    return unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: cpus) { room in
      guard unsafe bpf_map_lookup_elem(descriptor, &key, room.baseAddress) == 0 else { return [] }
      return unsafe Array(UnsafeMutableBufferPointer(rebasing: room[0..<cpus]))
    }
  }
}
