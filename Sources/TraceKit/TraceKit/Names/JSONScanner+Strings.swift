/// Strings of JSON.
extension JSONScanner {
  /// Reads a string.
  mutating func string() throws(Malformed) -> String {
    try expect("\"")
    if let plain = passPlainString() { return String(decoding: bytes[plain], as: UTF8.self) }
    var text: [UInt8] = []
    while true {
      let byte = try next()
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw malformed }
        return string
      case UInt8(ascii: "\\"): try text.append(contentsOf: escaped().utf8)
      case 0..<0x20: throw malformed
      default: text.append(byte)
      }
    }
  }

  /// Passes over the rest of a string of ASCII without an escape, as nearly all are.
  ///
  /// - Returns: where it stands; nil for another string, of which nothing was passed over.
  private mutating func passPlainString() -> Range<Int>? {
    let start = index
    let end = bytes.withUnsafeBufferPointer { bytes in
      var place = start
      while place < bytes.count {
        let byte = bytes[place]
        if byte == UInt8(ascii: "\"") { return place as Int? }
        if byte == UInt8(ascii: "\\") || byte < 0x20 || byte >= 0x80 { return nil }
        place += 1
      }
      return nil
    }
    guard let end else { return nil }
    index = end + 1
    return start..<end
  }

  /// Passes over a string.
  mutating func skipString() throws(Malformed) {
    let start = index
    try expect("\"")
    if passPlainString() != nil { return }
    index = start
    _ = try string()
  }

  private mutating func escaped() throws(Malformed) -> Unicode.Scalar {
    switch try next() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var value = try fourDigits()
      if (0xd800..<0xdc00).contains(value) {
        try word("\\u")
        let low = try fourDigits()
        guard (0xdc00..<0xe000).contains(low) else { throw malformed }
        value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw malformed }
      return scalar
    default: throw malformed
    }
  }

  private mutating func fourDigits() throws(Malformed) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let character = Character(Unicode.Scalar(try next()))
      guard character.isASCII, let digit = character.hexDigitValue else { throw malformed }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
