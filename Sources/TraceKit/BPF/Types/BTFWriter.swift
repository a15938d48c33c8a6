import CLinux
import Glibc

/// Makes types in the BTF format.
struct BTFWriter {
  private var types: [UInt32] = []
  private var strings: [UInt8] = [0]
  private var stringOffsets: [String: UInt32] = ["": 0]
  private var nextID: UInt32 = 1

  mutating func offset(of name: String) -> UInt32 {
    if let known = stringOffsets[name] { return known }
    let offset = UInt32(strings.count)
    strings.append(contentsOf: name.utf8)
    strings.append(0)
    stringOffsets[name] = offset
    return offset
  }

  /// Adds a type.
  ///
  /// - Parameters:
  ///   - info: its kind, its count and its flag, as the format packs them.
  ///   - tail: the words behind the header.
  /// - Returns: its number.
  mutating func add(name: String, info: UInt32, sizeOrType: UInt32, tail: [UInt32] = []) -> UInt32 {
    types.append(contentsOf: [offset(of: name), info, sizeOrType])
    types.append(contentsOf: tail)
    defer { nextID += 1 }
    return nextID
  }

  /// What a file begins with that has the types, and then the strings.
  static func header(typesSize: UInt32, stringsSize: UInt32) -> [UInt32] {
    [
      UInt32(BTFReader.magic) | 1 << 16, UInt32(BTFReader.headerSize), 0, typesSize, typesSize,
      stringsSize,
    ]
  }

  /// The whole file.
  var bytes: [UInt8] {
    let words =
      Self.header(typesSize: UInt32(types.count * 4), stringsSize: UInt32(strings.count)) + types
    return unsafe words.withUnsafeBytes { unsafe Array($0) } + strings
  }

  /// Puts the types into memory as a file.
  ///
  /// - Returns: its descriptor; nil where there is no memory.
  func makeFile() -> Int32? {
    let descriptor = unsafe linux_memory_file("kernel-types")
    guard descriptor >= 0 else { return nil }
    let bytes = bytes
    let written = unsafe bytes.withUnsafeBytes {
      unsafe write(descriptor, $0.baseAddress, $0.count)
    }
    guard written == bytes.count else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
