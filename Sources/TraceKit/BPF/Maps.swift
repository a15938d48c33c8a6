import CLibbpf
import Glibc

/// A map of a loaded object, without the types of its keys and values.
@safe struct MapHandle {
  let name: String
  let descriptor: Int32
  let keySize: Int
  let valueSize: Int
  let maxEntries: Int
  /// Keeps the map alive.
  private let object: LoadedObject

  init(map: OpaquePointer, name: String, object: LoadedObject) {
    self.name = name
    self.object = object
    descriptor = unsafe bpf_map__fd(map)
    keySize = Int(unsafe bpf_map__key_size(map))
    valueSize = Int(unsafe bpf_map__value_size(map))
    maxEntries = Int(unsafe bpf_map__max_entries(map))
  }

  func failure(_ operation: BPFError.Operation) -> BPFError {
    BPFError(operation, name, errno: .current)
  }
}

/// A hash map or an LRU hash map.
public struct HashMap<Key: BitwiseCopyable, Value: BitwiseCopyable> {
  let handle: MapHandle

  /// - Throws: ``BPFError`` where the object has no such map or it holds keys or
  ///   values of another size.
  public init(_ name: String, in object: LoadedObject) throws(BPFError) {
    handle = try object.map(
      name, keySize: MemoryLayout<Key>.size, valueSize: MemoryLayout<Value>.size)
  }

  public func value(for key: Key) -> Value? {
    unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
      let found = unsafe withUnsafePointer(to: key) { key in
        unsafe bpf_map_lookup_elem(handle.descriptor, key, room.baseAddress) == 0
      }
      return found ? room.baseAddress?.pointee : nil
    }
  }

  public func set(_ value: Value, for key: Key) throws(BPFError) {
    let result = unsafe withUnsafePointer(to: key) { key in
      unsafe withUnsafePointer(to: value) { value in
        unsafe bpf_map_update_elem(handle.descriptor, key, value, UInt64(BPF_ANY))
      }
    }
    guard result == 0 else { throw handle.failure(.writeMap) }
  }

  public func remove(_ key: Key) {
    _ = unsafe withUnsafePointer(to: key) { unsafe bpf_map_delete_elem(handle.descriptor, $0) }
  }

  /// All entries at this time. An entry that comes or goes meanwhile may be
  /// in or not.
  public func entries() throws(BPFError) -> [(key: Key, value: Value)] {
    if let found = try batch(removing: false) { return found }
    return try oneByOne()
  }

  /// Takes all entries out. On a kernel with batch operations (5.6) each entry
  /// is taken whole, with every change that a program made to it.
  public func drain() throws(BPFError) -> [(key: Key, value: Value)] {
    if let taken = try batch(removing: true) { return taken }
    let taken = try oneByOne()
    for entry in taken { remove(entry.key) }
    return taken
  }

  /// Nil where the kernel has no batch operation for this map.
  private func batch(removing: Bool) throws(BPFError) -> [(key: Key, value: Value)]? {
    // A bucket is returned whole or not at all, so there must be room for it.
    let room = min(max(handle.maxEntries, 1), 1024)
    let keys = UnsafeMutablePointer<Key>.allocate(capacity: room)
    let values = UnsafeMutablePointer<Value>.allocate(capacity: room)
    defer {
      unsafe keys.deallocate()
      unsafe values.deallocate()
    }
    var entries: [(key: Key, value: Value)] = []
    var position: UInt64 = 0
    var isFirst = true
    while true {
      var count = UInt32(room)
      var next: UInt64 = 0
      let result = unsafe withUnsafeMutablePointer(to: &position) { position in
        let from = isFirst ? nil : UnsafeMutableRawPointer(position)
        return removing
          ? unsafe bpf_map_lookup_and_delete_batch(
            handle.descriptor, from, &next, keys, values, &count, nil)
          : unsafe bpf_map_lookup_batch(
            handle.descriptor, from, &next, keys, values, &count, nil)
      }
      let errno = result == 0 ? nil : ErrorNumber.current
      if isFirst, errno == .invalidArgument || errno?.rawValue == ENOTSUPP { return nil }
      if errno == nil || errno == .noSuchEntry {
        for index in 0..<Int(count) {
          unsafe entries.append((keys[index], values[index]))
        }
      }
      if errno == .noSuchEntry { return entries }
      if errno != nil { throw handle.failure(.readMap) }
      position = next
      isFirst = false
    }
  }

  private func oneByOne() throws(BPFError) -> [(key: Key, value: Value)] {
    var entries: [(key: Key, value: Value)] = []
    var previous: Key?
    while true {
      let next: Key? = unsafe withUnsafeTemporaryAllocation(of: Key.self, capacity: 1) { room in
        let result =
          if let previous {
            unsafe withUnsafePointer(to: previous) {
              unsafe bpf_map_get_next_key(handle.descriptor, $0, room.baseAddress)
            }
          } else {
            unsafe bpf_map_get_next_key(handle.descriptor, nil, room.baseAddress)
          }
        return result == 0 ? room.baseAddress?.pointee : nil
      }
      guard let next else { return entries }
      if let value = value(for: next) { entries.append((next, value)) }
      previous = next
    }
  }
}

/// Not in glibc's headers: the kernel's own "operation is not supported", which
/// a map without batch operations answers.
private let ENOTSUPP: Int32 = 524

/// An array map.
public struct ArrayMap<Value: BitwiseCopyable> {
  let handle: MapHandle

  public init(_ name: String, in object: LoadedObject) throws(BPFError) {
    handle = try object.map(
      name, keySize: MemoryLayout<UInt32>.size, valueSize: MemoryLayout<Value>.size)
  }

  public func value(at index: UInt32) throws(BPFError) -> Value {
    let value = unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
      let found = unsafe withUnsafePointer(to: index) { index in
        unsafe bpf_map_lookup_elem(handle.descriptor, index, room.baseAddress) == 0
      }
      return found ? room.baseAddress?.pointee : nil
    }
    guard let value else { throw handle.failure(.readMap) }
    return value
  }

  public func set(_ value: Value, at index: UInt32) throws(BPFError) {
    let result = unsafe withUnsafePointer(to: index) { index in
      unsafe withUnsafePointer(to: value) { value in
        unsafe bpf_map_update_elem(handle.descriptor, index, value, UInt64(BPF_ANY))
      }
    }
    guard result == 0 else { throw handle.failure(.writeMap) }
  }
}

/// An array map that has a value of its own for each CPU.
public struct PerCPUArray<Value: BitwiseCopyable> {
  let handle: MapHandle
  private let cpus: Int
  /// The kernel gives each CPU's value a multiple of eight bytes.
  private var stride: Int { (MemoryLayout<Value>.size + 7) & ~7 }

  public init(_ name: String, in object: LoadedObject) throws(BPFError) {
    handle = try object.map(
      name, keySize: MemoryLayout<UInt32>.size, valueSize: MemoryLayout<Value>.size)
    let count = libbpf_num_possible_cpus()
    guard count > 0 else {
      throw BPFError(.findMap, name, errno: ErrorNumber(rawValue: -count))
    }
    cpus = Int(count)
  }

  /// The values of all possible CPUs.
  public func values(at index: UInt32) throws(BPFError) -> [Value] {
    let values = unsafe withUnsafeTemporaryAllocation(
      byteCount: stride * cpus, alignment: 8
    ) { room -> [Value]? in
      let result = unsafe withUnsafePointer(to: index) { index in
        unsafe bpf_map_lookup_elem(handle.descriptor, index, room.baseAddress)
      }
      guard result == 0 else { return nil }
      return (0..<cpus).map { unsafe room.load(fromByteOffset: $0 * stride, as: Value.self) }
    }
    guard let values else { throw handle.failure(.readMap) }
    return values
  }

  /// Clears the values of all CPUs.
  public func clear(at index: UInt32) throws(BPFError) {
    let result = unsafe withUnsafeTemporaryAllocation(
      byteCount: stride * cpus, alignment: 8
    ) { room in
      unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
      return unsafe withUnsafePointer(to: index) { index in
        unsafe bpf_map_update_elem(
          handle.descriptor, index, room.baseAddress, UInt64(BPF_ANY))
      }
    }
    guard result == 0 else { throw handle.failure(.writeMap) }
  }
}

/// Call stacks by their number.
public struct StackTraceMap {
  private let handle: MapHandle

  public init(_ name: String, in object: LoadedObject) throws(BPFError) {
    handle = try object.map(name, keySize: MemoryLayout<UInt32>.size, valueSize: nil)
  }

  /// The addresses of a stack, innermost first; nil where the kernel kept none.
  public func addresses(of stack: UInt32) -> [UInt64]? {
    let depth = handle.valueSize / MemoryLayout<UInt64>.size
    var addresses = [UInt64](repeating: 0, count: depth)
    let found = unsafe withUnsafePointer(to: stack) { stack in
      unsafe addresses.withUnsafeMutableBytes {
        unsafe bpf_map_lookup_elem(handle.descriptor, stack, $0.baseAddress) == 0
      }
    }
    return found ? Array(addresses.prefix { $0 != 0 }) : nil
  }
}
