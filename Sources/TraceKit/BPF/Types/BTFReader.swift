import Glibc

/// Types in the BTF format (`linux/btf.h`), read where they lie.
@safe struct BTFReader {
  static let magic: UInt16 = 0xeb9f
  static let headerSize = 24

  private let types: UnsafeRawPointer
  let typesSize: Int
  private let strings: UnsafeRawPointer
  let stringsSize: Int
  /// The strings that come before these, where the types are those of a module.
  private let before: (strings: UnsafeRawPointer, size: Int)?

  /// - Parameters:
  ///   - bytes: a whole BTF file or section of this machine's byte order, which outlives
  ///     the reader. Anything else gives nil.
  ///   - kernel: the kernel's types, which those of a module follow.
  init?(_ bytes: UnsafeRawBufferPointer, after kernel: BTFReader? = nil) {
    guard bytes.count >= Self.headerSize, let base = unsafe bytes.baseAddress,
      unsafe base.loadUnaligned(as: UInt16.self) == Self.magic
    else { return nil }
    func word(_ offset: Int) -> Int {
      unsafe Int(base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    let header = word(4)
    typesSize = word(12)
    stringsSize = word(20)
    guard header + word(8) + typesSize <= bytes.count, stringsSize > 0,
      header + word(16) + stringsSize <= bytes.count,
      unsafe bytes[header + word(16) + stringsSize - 1] == 0
    else { return nil }
    unsafe types = base + header + word(8)
    unsafe strings = base + header + word(16)
    unsafe before = kernel.map { unsafe ($0.strings, $0.stringsSize) }
  }

  /// Calls `body` with the number, the offset and the header of each type.
  ///
  /// - Returns: false where the types make no sense.
  func forEachType(_ body: (_ id: UInt32, _ offset: Int, _ header: TypeHeader) -> Void) -> Bool {
    var offset = 0
    var id: UInt32 = 1
    while offset + 12 <= typesSize {
      let header = header(at: offset)
      guard let tail = header.tailSize, offset + 12 + tail <= typesSize else { return false }
      body(id, offset, header)
      offset += 12 + tail
      id += 1
    }
    return offset == typesSize
  }

  /// The numbers of the types of some kinds whose names begin like some that are wanted,
  /// and of more that have the same place in a table of bits.
  ///
  /// - Parameters:
  ///   - kinds: a bit for each kind.
  ///   - hints: what the wanted names have for ``nameHint(at:)``.
  ///   - index: where wanted, it gets the offset of the first of each ``stride`` types, where
  ///     void, which takes no room, is the first of all.
  func search(kinds: UInt32, hints: [UInt64], index: (([Int32]) -> Void)?) -> [UInt32] {
    func place(_ hint: UInt64) -> UInt64 { (hint &* 0x9e37_79b9_7f4a_7c15) >> 52 }
    var candidates: [UInt32] = []
    let room = index == nil ? 1 : typesSize / 12 / Self.stride + 1
    // This runs for each of some hundred thousand types, so nothing in it is checked twice.
    let offsets = unsafe [Int32](unsafeUninitializedCapacity: room) { offsets, count in
      unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { bits in
        unsafe bits.initialize(repeating: 0)
        for hint in hints {
          unsafe bits[Int(place(hint) >> 6)] |= 1 << (place(hint) & 63)
        }
        unsafe offsets[0] = 0
        var known = 1
        _ = forEachType { number, offset, header in
          if index != nil, Int(number) % Self.stride == 0 {
            unsafe offsets[known] = Int32(truncatingIfNeeded: offset)
            known += 1
          }
          guard kinds >> (header.info >> 24 & 0x1f) & 1 != 0, header.nameOffset != 0 else { return }
          if let hint = nameHint(at: header.nameOffset) {
            let place = place(hint)
            guard unsafe bits[Int(truncatingIfNeeded: place >> 6)] >> (place & 63) & 1 != 0
            else { return }
          }
          candidates.append(number)
        }
        count = index == nil ? 1 : known
      }
    }
    index?(offsets)
    return candidates
  }

  /// An offset of each type would be memory that the kernel has to clear at each start.
  static let stride = 16

  /// Where the type stands that comes so many types after another.
  func offset(after offset: Int, types count: Int) -> Int? {
    var offset = offset
    for _ in 0..<count {
      guard offset + 12 <= typesSize, let tail = header(at: offset).tailSize else { return nil }
      offset += 12 + tail
    }
    return offset + 12 <= typesSize ? offset : nil
  }

  func header(at offset: Int) -> TypeHeader {
    TypeHeader(
      nameOffset: word(at: offset), info: word(at: offset + 4),
      sizeOrType: word(at: offset + 8))
  }

  /// Whether all of a type lies within the types.
  func isWhole(at offset: Int) -> Bool {
    guard let tail = header(at: offset).tailSize else { return false }
    return offset + 12 + tail <= typesSize
  }

  /// A word of the types' section.
  func word(at offset: Int) -> UInt32 {
    unsafe types.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  func name(at offset: UInt32) -> String {
    guard let text = unsafe text(at: offset) else { return "" }
    return unsafe String(cString: text)
  }

  private func text(at offset: UInt32) -> UnsafePointer<CChar>? {
    var (strings, size, offset) = unsafe (strings, stringsSize, Int(offset))
    if let before = unsafe before {
      if offset < before.size {
        unsafe (strings, size) = unsafe before
      } else {
        offset -= unsafe before.size
      }
    }
    guard offset < size else { return nil }
    return unsafe (strings + offset).assumingMemoryBound(to: CChar.self)
  }

  /// Whether a type of one of these kinds has a name.
  func has(_ name: String, kinds: Set<Kind>) -> Bool {
    let kinds = kinds.reduce(0) { $0 | 1 << $1.rawValue } as UInt32
    var isFound = false
    _ = forEachType { _, _, header in
      guard !isFound, kinds >> (header.info >> 24 & 0x1f) & 1 != 0,
        let own = unsafe text(at: header.nameOffset)
      else { return }
      isFound = unsafe strcmp(own, name) == 0
    }
    return isFound
  }

  /// Both sections as they are in memory.
  var sections: (types: UnsafeRawBufferPointer, strings: UnsafeRawBufferPointer) {
    unsafe (
      UnsafeRawBufferPointer(start: types, count: typesSize),
      UnsafeRawBufferPointer(start: strings, count: stringsSize)
    )
  }

  /// The ``hash(of:)`` of a name, without making a string of it.
  func nameHash(at offset: UInt32) -> UInt64 {
    guard Int(offset) < stringsSize else { return 0 }
    let start = unsafe strings + Int(offset)
    return unsafe Self.hash(
      of: UnsafeRawBufferPointer(
        start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
  }

  /// FNV-1a of the bytes.
  static func hash(of bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// A number that names with the same first bytes share, to pass over most
  /// names without making a string of them.
  ///
  /// It is nil where the bytes of the last names do not suffice, and the name may be any.
  func nameHint(at offset: UInt32) -> UInt64? {
    let offset = Int(offset)
    guard offset + 8 <= stringsSize else { return nil }
    let bytes = unsafe UInt64(
      littleEndian: strings.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    // What stands behind the end of a short name is another name.
    let ends = (bytes &- 0x0101_0101_0101_0101) & ~bytes & 0x8080_8080_8080_8080
    return ends == 0 ? bytes : bytes & ((ends & (0 &- ends)) &- 1)
  }

  /// The hint of a name, as ``nameHint(at:)`` would read it.
  static func hint(of name: String) -> UInt64 {
    name.utf8.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
