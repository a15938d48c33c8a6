import CLibbpf
import Glibc

/// An array map of bytes, eight to an entry, that is written in place, since the
/// programs write to its entries at the same time.
@safe public struct FlagTable: ~Copyable {
  private let flags: UnsafeMutablePointer<UInt8>
  private let count: Int
  /// Keeps the map alive.
  private let object: LoadedObject

  /// How many entries hold the flags from 0 up to and with the greatest.
  public static func entries(for greatest: Int) -> Int {
    greatest / MemoryLayout<UInt64>.size + 1
  }

  /// - Throws: ``BPFError`` where the object has no such map or it cannot be mapped.
  public init(_ name: String, in object: LoadedObject) throws(BPFError) {
    let handle = try object.map(
      name, keySize: MemoryLayout<UInt32>.size, valueSize: MemoryLayout<UInt64>.size)
    let count = handle.maxEntries * handle.valueSize
    let start = unsafe mmap(
      nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, handle.descriptor, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw handle.failure(.writeMap)
    }
    unsafe flags = start.assumingMemoryBound(to: UInt8.self)
    self.count = count
    self.object = object
  }

  deinit {
    unsafe munmap(flags, count)
  }

  /// Sets a flag; one beyond the last is left out.
  public func set(_ index: Int) {
    if index < count { unsafe flags[index] = 1 }
  }
}
