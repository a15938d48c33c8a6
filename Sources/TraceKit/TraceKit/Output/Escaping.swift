/// Bytes of traced processes, made safe for the three formats. Whoever names a
/// file or a process chooses these bytes, so they must neither move a cursor
/// nor break a record.
extension OutputBuffer {
  private static let backslash = UInt8(ascii: "\\")
  private static let quote = UInt8(ascii: "\"")

  /// For a person: controls, bidirectional controls and what is no UTF-8 become
  /// visible as `\n`, `\x1b`, `\u202e` or `\U000e0001`. A backslash becomes two, so that each
  /// text has one reading.
  ///
  /// - Parameters:
  ///   - text: the bytes to append.
  ///   - quotes: escapes quotation marks too, for text between them.
  public func append(escaped text: UnsafeRawBufferPointer, quotes: Bool = false) {
    var index = 0
    while index < text.count {
      index += append(plainStartOf: UnsafeRawBufferPointer(rebasing: text[index...]))
      guard index < text.count else { return }
      let byte = text[index]
      if byte < 0x80 {
        switch byte {
        case Self.quote where !quotes: append(byte: byte)
        default: escape(ascii: byte)
        }
        index += 1
        continue
      }
      guard let scalar = UTF8Scalar(in: text, at: index) else {
        append("\\x")
        append(UInt64(byte), base: 16, digits: 2)
        index += 1
        continue
      }
      if scalar.isInvisible {
        let isWide = scalar.value > 0xffff
        append(isWide ? "\\U" : "\\u")
        append(UInt64(scalar.value), base: 16, digits: isWide ? 8 : 4)
      } else {
        append(bytes: UnsafeRawBufferPointer(rebasing: text[index..<index + scalar.length]))
      }
      index += scalar.length
    }
  }

  private func escape(ascii byte: UInt8) {
    switch byte {
    case Self.backslash: append("\\\\")
    case Self.quote: append("\\\"")
    case UInt8(ascii: "\n"): append("\\n")
    case UInt8(ascii: "\t"): append("\\t")
    case UInt8(ascii: "\r"): append("\\r")
    default:
      append("\\x")
      append(UInt64(byte), base: 16, digits: 2)
    }
  }

  /// The same of a text.
  public func append(escaped text: String) {
    var text = text
    text.withUTF8 { append(escaped: UnsafeRawBufferPointer($0)) }
  }

  /// A text as a JSON string with its quotes.
  public func append(json text: String) {
    var text = text
    text.withUTF8 { _ = append(jsonString: UnsafeRawBufferPointer($0)) }
  }

  /// A JSON string with its quotes. What is no UTF-8 becomes U+FFFD.
  ///
  /// - Returns: whether nothing was lost.
  @discardableResult
  public func append(jsonString text: UnsafeRawBufferPointer) -> Bool {
    var isWhole = true
    append(byte: Self.quote)
    var index = 0
    while true {
      index += append(plainStartOf: UnsafeRawBufferPointer(rebasing: text[index...]))
      guard index < text.count else { break }
      let byte = text[index]
      if byte >= 0x80 {
        if let scalar = UTF8Scalar(in: text, at: index) {
          append(bytes: UnsafeRawBufferPointer(rebasing: text[index..<index + scalar.length]))
          index += scalar.length
        } else {
          append("\u{fffd}")
          isWhole = false
          index += 1
        }
        continue
      }
      switch byte {
      case Self.quote: append("\\\"")
      case Self.backslash: append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\t"): append("\\t")
      case UInt8(ascii: "\r"): append("\\r")
      default:
        append("\\u")
        append(UInt64(byte), base: 16, digits: 4)
      }
      index += 1
    }
    append(byte: Self.quote)
    return isWhole
  }

  /// A field of a CSV record after RFC 4180: quoted where it must be. The bytes
  /// stay as they are.
  public func append(csvField text: UnsafeRawBufferPointer) {
    let needsQuotes = text.contains { byte in
      byte == Self.quote || byte == UInt8(ascii: ",") || byte < 0x20
    }
    guard needsQuotes else { return append(bytes: text) }
    append(byte: Self.quote)
    for byte in text {
      if byte == Self.quote { append(byte: byte) }
      append(byte: byte)
    }
    append(byte: Self.quote)
  }

  /// Bytes in base 64 with the padding of RFC 4648.
  public func append(base64 text: UnsafeRawBufferPointer) {
    let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    var index = 0
    while index < text.count {
      let left = text.count - index
      let group =
        UInt32(text[index]) << 16 | (left > 1 ? UInt32(text[index + 1]) << 8 : 0)
        | (left > 2 ? UInt32(text[index + 2]) : 0)
      for position in 0..<4 {
        let digit = Int(group >> UInt32(18 - 6 * position) & 0x3f)
        append(byte: position <= left ? alphabet.utf8Start[digit] : UInt8(ascii: "="))
      }
      index += 3
    }
  }
}

/// One character of well-formed UTF-8 (Unicode 15, table 3-7).
struct UTF8Scalar {
  let value: UInt32
  let length: Int

  init?(in text: UnsafeRawBufferPointer, at index: Int) {
    let lead = text[index]
    let (length, bits, least): (Int, UInt32, UInt32)
    switch lead {
    case 0..<0x80: (length, bits, least) = (1, UInt32(lead), 0)
    case 0xc2...0xdf: (length, bits, least) = (2, UInt32(lead & 0x1f), 0x80)
    case 0xe0...0xef: (length, bits, least) = (3, UInt32(lead & 0x0f), 0x800)
    case 0xf0...0xf4: (length, bits, least) = (4, UInt32(lead & 0x07), 0x10000)
    default: return nil
    }
    guard index + length <= text.count else { return nil }
    var value = bits
    for offset in 1..<max(length, 1) {
      let next = text[index + offset]
      guard next & 0xc0 == 0x80 else { return nil }
      value = value << 6 | UInt32(next & 0x3f)
    }
    guard value >= least, value <= 0x10ffff, !(0xd800...0xdfff).contains(value) else { return nil }
    self.value = value
    self.length = length
  }

  /// Changes what is seen without being seen: C1 controls, line and paragraph
  /// separators, zero-width and bidirectional controls, tags.
  var isInvisible: Bool {
    switch value {
    case 0x80...0x9f, 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f,
      0xfeff, 0xfff9...0xfffb, 0xe0000...0xe007f:
      true
    default: false
    }
  }
}
