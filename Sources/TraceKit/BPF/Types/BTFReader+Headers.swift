extension BTFReader {
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

    /// For each kind how many bytes follow the header, and how many more for each
    /// member, value or parameter. The kinds come in no order, so that each branch on
    /// them would be guessed wrong.
    private static let tails: StaticString =
      "\0\u{4}\0\u{c}\0\0\0\0\0\0\0\0\0\0\u{4}\0\0\u{4}\0\0"
    private static let parts: StaticString =
      "\0\0\0\0\u{c}\u{c}\u{8}\0\0\0\0\0\0\u{8}\0\u{c}\0\0\0\u{c}"

    /// How many bytes follow the header.
    var tailSize: Int? {
      let kind = Int(info >> 24 & 0x1f)
      guard kind < Self.tails.utf8CodeUnitCount else { return nil }
      return unsafe Int(Self.tails.utf8Start[kind]) + Int(Self.parts.utf8Start[kind]) * count
    }
  }
}
