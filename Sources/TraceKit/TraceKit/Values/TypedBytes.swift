/// Memory that was copied from the kernel, of which there can be less than its types say.
struct TypedBytes {
  let bytes: UnsafeRawBufferPointer

  /// A part of it, as far as it is there.
  subscript(_ offset: Int, _ size: Int) -> UnsafeRawBufferPointer {
    guard offset >= 0, offset < bytes.count, size > 0 else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(
      rebasing: bytes[offset..<offset + min(size, bytes.count - offset)])
  }

  /// Bits from the lowest on; nil where not all are there.
  func bits(at offset: Int, count: Int) -> UInt64? {
    guard offset >= 0, count > 0, count <= 64, offset <= bytes.count * 8 - count else { return nil }
    var value: UInt64 = 0
    for index in 0..<count {
      let place = offset + index
      value |= UInt64(bytes[place / 8] >> UInt8(place % 8) & 1) << UInt64(index)
    }
    return value
  }

  /// A number of up to eight bytes; nil where not all are there.
  static func number(_ bytes: UnsafeRawBufferPointer, size: Int) -> UInt64? {
    guard size > 0, size <= 8, bytes.count >= size else { return nil }
    return (0..<size).reduce(0) { $0 | UInt64(bytes[$1]) << UInt64($1 * 8) }
  }

  /// The number with the sign that its highest bit is.
  static func extended(_ value: UInt64, bits: Int) -> Int64 {
    let unused = UInt64(64 - bits)
    return Int64(bitPattern: value << unused) >> Int64(unused)
  }
}

/// A value to print: a number, or what lies in memory.
enum TypedValue {
  case number(UInt64, bits: Int)
  case memory(UnsafeRawBufferPointer)

  /// Of a member, which can be a few bits; nil where it is not there.
  init?(_ member: TypeLayout.Member, in memory: UnsafeRawBufferPointer) {
    let bytes = TypedBytes(bytes: memory)
    if let count = member.bitCount {
      guard let value = bytes.bits(at: member.bitOffset, count: count) else { return nil }
      self = .number(value, bits: count)
      return
    }
    self.init(member.layout, at: bytes[member.bitOffset / 8, member.layout.size])
  }

  /// - Returns: nil where a number is cut.
  init?(_ layout: TypeLayout, at memory: UnsafeRawBufferPointer) {
    switch layout.kind {
    case .array, .structure, .other:
      self = .memory(memory)
    default:
      guard let value = TypedBytes.number(memory, size: layout.size) else { return nil }
      self = .number(value, bits: layout.size * 8)
    }
  }

  var isZero: Bool {
    switch self {
    case .number(let value, _): value == 0
    case .memory(let bytes): bytes.allSatisfy { $0 == 0 }
    }
  }
}

extension TypeLayout {
  /// The members of a structure, and in place of one without a name its own, each with where
  /// it begins.
  func forEachMember(
    in memory: UnsafeRawBufferPointer, _ body: (Member, UnsafeRawBufferPointer) -> Void
  ) {
    guard case .structure(let members) = kind else { return }
    for member in members {
      if member.name.isEmpty, member.bitCount == nil {
        member.layout.forEachMember(
          in: TypedBytes(bytes: memory)[member.bitOffset / 8, member.layout.size], body)
      } else if !member.name.isEmpty {
        body(member, memory)
      }
    }
  }

  /// How many elements of an array are there.
  func presentElements(of memory: UnsafeRawBufferPointer, _ element: TypeLayout, _ count: Int)
    -> Int
  {
    element.size == 0 ? 0 : min(count, memory.count / element.size)
  }

  var isStructure: Bool { if case .structure = kind { true } else { false } }

  /// Whether a pointer to it is one to a text. Of names of files they are without a sign, which
  /// arrays of addresses are too.
  var isCharacter: Bool {
    if case .character = kind { return true }
    return ["unsigned char", "const unsigned char"].contains(name)
  }

  var isText: Bool {
    if case .array(let element, _) = kind, case .character = element.kind { true } else { false }
  }
}

extension KernelEnumeration {
  /// The name of a value of so many bits, with or without a sign.
  func name(of value: UInt64, bits: Int) -> String? {
    name(of: TypedBytes.extended(value, bits: bits)) ?? name(of: Int64(bitPattern: value))
  }
}
