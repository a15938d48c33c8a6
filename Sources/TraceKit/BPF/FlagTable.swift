import CLibbpf
import Glibc

/// An array map of bytes, eight to an entry, that is written in place, since the
/// programs write to its entries at the same time.
@safe public struct FlagTable: ~Copyable {
  private let flags: Mapping
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
    guard
      let flags = Mapping(
        of: handle.descriptor, length: handle.maxEntries * handle.valueSize, isWritable: true)
    else { throw handle.failure(.writeMap) }
    self.flags = flags
    self.object = object
  }

  /// Sets a flag; one beyond the last is left out.
  public func set(_ index: Int) {
    if index < flags.length {
      unsafe flags.start.storeBytes(of: 1, toByteOffset: index, as: UInt8.self)
    }
  }
}
