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

/// An array map with `BPF_F_MMAPABLE`, in memory that the programs write at the same
/// time: reading it needs no system call and no capability.
@safe public struct SharedArray<Value: BitwiseCopyable> {
  public let count: Int
  private let section: SharedSection

  public init(_ name: String, in object: LoadedObject) throws(BPFError) {
    let handle = try object.map(
      name, keySize: MemoryLayout<UInt32>.size, valueSize: MemoryLayout<Value>.stride)
    guard handle.valueSize % 8 == 0, let map = unsafe object.find(map: name) else {
      throw BPFError(.findMap, name, explanation: "its values are no multiple of eight bytes")
    }
    count = handle.maxEntries
    section = unsafe try SharedSection(map, of: name, in: object)
  }

  public subscript(index: Int) -> Value {
    get {
      precondition(index < count)
      return unsafe section.start.load(
        fromByteOffset: index * MemoryLayout<Value>.stride, as: Value.self)
    }
    nonmutating set {
      precondition(index < count)
      unsafe section.start.storeBytes(
        of: newValue, toByteOffset: index * MemoryLayout<Value>.stride, as: Value.self)
    }
  }

  /// Stores values one after the other, from an index on.
  public func store(_ values: some Collection<Value>, at index: Int) {
    precondition(index >= 0 && values.count <= count - index)
    for (place, value) in values.enumerated() { self[index + place] = value }
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
