/// Types in the BTF format (`linux/btf.h`), read where they lie.
@safe struct BTFReader {
  /// The kinds of types, by their numbers.
  enum Kind: UInt32 {
    case void, integer, pointer, array, structure, union, enumeration, forward, typedef
    case volatile, const, restrict, function, prototype, variable, section, float
    case declarationTag, typeTag, wideEnumeration
  }

  /// The three words that each type begins with.
  struct TypeHeader {
    let nameOffset: UInt32
    let info: UInt32
    /// The size of a type, or the type that it refers to.
    let sizeOrType: UInt32

    var kind: Kind? { Kind(rawValue: info >> 24 & 0x1f) }
    /// How many members, values or parameters follow.
    var count: Int { Int(info & 0xffff) }

    /// How many bytes follow the header.
    var tailSize: Int? {
      switch kind {
      case .integer, .variable, .declarationTag: 4
      case .array: 12
      case .structure, .union, .section, .wideEnumeration: 12 * count
      case .enumeration, .prototype: 8 * count
      case nil: nil
      default: 0
      }
    }
  }

  static let magic: UInt16 = 0xeb9f
  static let headerSize = 24

  private let types: UnsafeRawPointer
  private let typesSize: Int
  private let strings: UnsafeRawPointer
  private let stringsSize: Int

  /// - Parameter bytes: a whole BTF file or section of this machine's byte order,
  ///   which outlives the reader. Anything else gives nil.
  init?(_ bytes: UnsafeRawBufferPointer) {
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

  func header(at offset: Int) -> TypeHeader {
    TypeHeader(
      nameOffset: word(at: offset), info: word(at: offset + 4),
      sizeOrType: word(at: offset + 8))
  }

  /// A word of the types' section.
  func word(at offset: Int) -> UInt32 {
    unsafe types.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  func name(at offset: UInt32) -> String {
    guard Int(offset) < stringsSize else { return "" }
    return unsafe String(cString: (strings + Int(offset)).assumingMemoryBound(to: CChar.self))
  }

  /// A number that names with the same first bytes share, to pass over most
  /// names without making a string of them.
  func nameHint(at offset: UInt32) -> UInt32 {
    let offset = Int(offset)
    guard offset + 4 <= stringsSize else { return 0 }
    let bytes = unsafe strings.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    // What stands behind the end of a short name is another name.
    if bytes & 0xff00 == 0 { return bytes & 0xff }
    return bytes & 0xff_0000 == 0 ? bytes & 0xffff : bytes
  }

  /// The hint of a name, as ``nameHint(at:)`` would read it.
  static func hint(of name: String) -> UInt32 {
    var bytes = Array(name.utf8.prefix(4))
    while bytes.count < 4 { bytes.append(0) }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
