import CLibbpf
import Glibc

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
    var entries: [(key: Key, value: Value)] = []
    guard try batch(removing: false, { entries.append(($0, $1)) }) else { return try oneByOne() }
    return entries
  }

  /// Removes and returns all entries. On a kernel with batch operations (5.6) each entry
  /// is taken whole, with every change that a program made to it.
  public func drain() throws(BPFError) -> [(key: Key, value: Value)] {
    var entries: [(key: Key, value: Value)] = []
    try drain { entries.append(($0, $1)) }
    return entries
  }

  /// Removes all entries, and hands them over a part at a time.
  public func drain(_ use: (Key, Value) -> Void) throws(BPFError) {
    if try batch(removing: true, use) { return }
    for (key, value) in try oneByOne() {
      remove(key)
      use(key, value)
    }
  }

  /// False where the kernel has no batch operation for this map.
  private func batch(
    removing: Bool, _ use: (Key, Value) -> Void
  ) throws(BPFError) -> Bool {
    var room = min(max(handle.maxEntries, 1), 1024)
    // The position is a number of 32 bits that only the kernel understands.
    var position: UInt32?
    while true {
      var step = BatchStep(room: room, keySize: handle.keySize, valueSize: handle.valueSize)
      let errno = step.run(handle.descriptor, from: position, removing: removing)
      switch errno {
      case nil, .noSuchEntry:
        for index in 0..<step.count {
          use(step.key(index, as: Key.self), step.value(index, as: Value.self))
        }
        if errno == .noSuchEntry { return true }
        position = step.next
      case .noSpace where room < handle.maxEntries:
        // A bucket is returned whole or not at all.
        room = min(room * 2, handle.maxEntries)
      case .invalidArgument where position == nil, .notSupportedByMap where position == nil:
        return false
      default:
        throw BPFError(.readMap, handle.name, errno: errno)
      }
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

extension ErrorNumber {
  /// Not in glibc's headers: the kernel's own "operation is not supported", which
  /// a map without batch operations answers.
  fileprivate static let notSupportedByMap = ErrorNumber(rawValue: 524)
}

/// One call of a batch operation (`generic_map_lookup_batch` and
/// `__htab_map_lookup_and_delete_batch` of the kernel).
///
/// Keys and values are packed by their size, where a Swift array would round it up to
/// the stride.
@safe private struct BatchStep {
  private var keys: [UInt8]
  private var values: [UInt8]
  private let keySize: Int
  private let valueSize: Int
  private let room: Int
  private(set) var count = 0
  private(set) var next: UInt32 = 0

  init(room: Int, keySize: Int, valueSize: Int) {
    self.room = room
    self.keySize = keySize
    self.valueSize = valueSize
    keys = [UInt8](repeating: 0, count: room * keySize)
    values = [UInt8](repeating: 0, count: room * valueSize)
  }

  mutating func run(
    _ descriptor: Int32, from position: UInt32?, removing: Bool
  ) -> ErrorNumber? {
    var number = UInt32(room)
    var start = position ?? 0
    let operation =
      removing
      ? unsafe bpf_map_lookup_and_delete_batch as BatchOperation : unsafe bpf_map_lookup_batch
    let result = unsafe keys.withUnsafeMutableBytes { keys in
      unsafe values.withUnsafeMutableBytes { values in
        unsafe withUnsafeMutablePointer(to: &start) { start in
          unsafe operation(
            descriptor, position == nil ? nil : UnsafeMutableRawPointer(start), &next,
            keys.baseAddress, values.baseAddress, &number, nil)
        }
      }
    }
    let errno = result == 0 ? nil : ErrorNumber.current
    count = errno == nil || errno == .noSuchEntry ? Int(number) : 0
    return errno
  }

  private typealias BatchOperation = (
    Int32, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?,
    UnsafeMutableRawPointer?, UnsafeMutablePointer<UInt32>?,
    UnsafePointer<bpf_map_batch_opts>?
  ) -> Int32

  func key<Key: BitwiseCopyable>(_ index: Int, as type: Key.Type) -> Key {
    unsafe keys.withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: index * keySize, as: type)
    }
  }

  func value<Value: BitwiseCopyable>(_ index: Int, as type: Value.Type) -> Value {
    unsafe values.withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: index * valueSize, as: type)
    }
  }
}
