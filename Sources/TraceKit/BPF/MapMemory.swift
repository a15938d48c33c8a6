import CLibbpf

/// The memory of the kernel that maps take once they are full. Most of it they take at once:
/// a program must not wait for memory.
public struct MapMemory: Sendable, Equatable {
  /// Bytes, however many CPUs there can be.
  public private(set) var shared = 0
  /// Bytes for each CPU that there can be.
  public private(set) var perCPU = 0

  public init() {}

  public func bytes(cpus: Int) -> Int { shared + perCPU * cpus }

  /// For the CPUs that this machine can have.
  public var bytes: Int { bytes(cpus: Int(max(libbpf_num_possible_cpus(), 1))) }

  /// Adds a map. The sizes of what the kernel keeps beside the values are those of
  /// `kernel/bpf/hashtab.c` and `arraymap.c`.
  mutating func add(type: UInt32, keySize: UInt32, valueSize: UInt32, maxEntries: UInt32) {
    let key = Self.aligned(keySize), value = Self.aligned(valueSize), count = Int(maxEntries)
    let element = 48 + key, buckets = 16 * Self.powerOfTwo(from: count)
    switch bpf_map_type(type) {
    case BPF_MAP_TYPE_RINGBUF: shared += count
    case BPF_MAP_TYPE_ARRAY: shared += count * value
    case BPF_MAP_TYPE_PERCPU_ARRAY:
      shared += count * 8
      perCPU += count * value
    case BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH:
      shared += count * (element + value) + buckets
      // Each has one more for an update in place.
      if bpf_map_type(type) == BPF_MAP_TYPE_HASH { perCPU += element + value }
    case BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH:
      shared += count * (element + 8) + buckets
      perCPU += count * value
    default: shared += count * (key + value)
    }
  }

  private static func aligned(_ size: UInt32) -> Int { (Int(size) + 7) & ~7 }

  private static func powerOfTwo(from least: Int) -> Int {
    var size = 1
    while size < least { size *= 2 }
    return size
  }
}

extension OpenObject {
  /// That of the maps that loading would make.
  public var mapMemory: MapMemory {
    var sum = MapMemory()
    var next = unsafe bpf_object__next_map(pointer, nil)
    while let map = unsafe next {
      if unsafe bpf_map__autocreate(map) {
        sum.add(
          type: unsafe bpf_map__type(map).rawValue, keySize: unsafe bpf_map__key_size(map),
          valueSize: unsafe bpf_map__value_size(map),
          maxEntries: unsafe bpf_map__max_entries(map))
      }
      unsafe next = unsafe bpf_object__next_map(pointer, map)
    }
    return sum
  }
}

extension LoadedObject {
  /// Adds its maps, but for those that others have added: objects share some.
  ///
  /// - Parameter known: the ids of those that are added.
  func addMapMemory(to sum: inout MapMemory, known: inout Set<UInt32>) {
    var next = unsafe bpf_object__next_map(pointer, nil)
    while let map = unsafe next {
      var info = bpf_map_info()
      var size = UInt32(MemoryLayout<bpf_map_info>.size)
      // libbpf knows the size of the map that it was given, in whose place another may have come.
      if unsafe bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size) == 0,
        known.insert(info.id).inserted
      {
        sum.add(
          type: info.type, keySize: info.key_size, valueSize: info.value_size,
          maxEntries: info.max_entries)
      }
      unsafe next = unsafe bpf_object__next_map(pointer, map)
    }
  }
}
