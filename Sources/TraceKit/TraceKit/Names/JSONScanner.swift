/// Reads one JSON text (RFC 8259) from its start to its end and builds nothing:
/// the caller takes what it wants on the way and passes over the rest.
///
/// It is for files that others wrote, so all that is wrong ends with
/// ``Malformed``, and nesting has a limit.
struct JSONScanner {
  /// The text is no JSON, is not what was expected, or nests too deeply.
  struct Malformed: Error, Equatable {
    /// How many bytes were read.
    let place: Int
  }

  static let greatestDepth = 64

  let bytes: [UInt8]
  var index = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Reads a whole text, after which only white space may follow.
  ///
  /// - Parameter body: reads the value.
  static func scan(
    _ bytes: [UInt8], _ body: (inout JSONScanner) throws(Malformed) -> Void
  ) throws(Malformed) {
    var scanner = JSONScanner(bytes)
    try body(&scanner)
    scanner.passSpace()
    guard scanner.index == bytes.count else { throw scanner.malformed }
  }

  /// Reads an object. `visit` gets each key and must read the value.
  mutating func object(
    _ visit: (String, inout JSONScanner) throws(Malformed) -> Void
  ) throws(Malformed) {
    try sequence(from: "{", to: "}") { (scanner: inout JSONScanner) throws(Malformed) in
      let key = try scanner.string()
      try scanner.expect(":")
      try visit(key, &scanner)
    }
  }

  /// Reads an array. `visit` must read the element.
  mutating func array(
    _ visit: (inout JSONScanner) throws(Malformed) -> Void
  ) throws(Malformed) {
    try sequence(from: "[", to: "]", visit)
  }

  /// Whether the next value begins so, as an object does with `{`.
  mutating func begins(_ scalar: Unicode.Scalar) -> Bool { peek() == UInt8(ascii: scalar) }

  /// Passes over a value of any kind.
  mutating func skip() throws(Malformed) {
    switch peek() {
    case UInt8(ascii: "{"):
      try object { (_: String, scanner: inout JSONScanner) throws(Malformed) in
        try scanner.skip()
      }
    case UInt8(ascii: "["):
      try array { (scanner: inout JSONScanner) throws(Malformed) in try scanner.skip() }
    case UInt8(ascii: "\""): try skipString()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
  }

  /// Reads a number that has a value here.
  mutating func double() throws(Malformed) -> Double {
    passSpace()
    let start = index
    try number()
    guard let value = Double(String(decoding: bytes[start..<index], as: UTF8.self)), value.isFinite
    else {
      throw malformed
    }
    return value
  }

  var malformed: Malformed { Malformed(place: index) }

  private mutating func sequence(
    from open: Unicode.Scalar, to close: Unicode.Scalar,
    _ visit: (inout JSONScanner) throws(Malformed) -> Void
  ) throws(Malformed) {
    try expect(open)
    depth += 1
    guard depth <= Self.greatestDepth else { throw malformed }
    defer { depth -= 1 }
    if peek() == UInt8(ascii: close) {
      index += 1
      return
    }
    while true {
      try visit(&self)
      if peek() == UInt8(ascii: close) {
        index += 1
        return
      }
      try expect(",")
    }
  }

  private mutating func number() throws(Malformed) {
    if peek() == UInt8(ascii: "-") { index += 1 }
    if index < bytes.count, bytes[index] == UInt8(ascii: "0") {
      index += 1
    } else {
      try digits()
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      try digits()
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < bytes.count, bytes[index] == 0x2b || bytes[index] == 0x2d { index += 1 }
      try digits()
    }
  }

  private mutating func digits() throws(Malformed) {
    let start = index
    while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
    guard index > start else { throw malformed }
  }

  /// Bytes that must follow at once.
  mutating func word(_ text: StaticString) throws(Malformed) {
    for offset in 0..<text.utf8CodeUnitCount {
      guard try next() == text.utf8Start[offset] else { throw malformed }
    }
  }

  mutating func expect(_ scalar: Unicode.Scalar) throws(Malformed) {
    guard peek() == UInt8(ascii: scalar) else { throw malformed }
    index += 1
  }

  mutating func next() throws(Malformed) -> UInt8 {
    guard index < bytes.count else { throw malformed }
    defer { index += 1 }
    return bytes[index]
  }

  /// The next byte that is no white space.
  private mutating func peek() -> UInt8? {
    passSpace()
    return index < bytes.count ? bytes[index] : nil
  }

  private mutating func passSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0a, 0x0d, 0x09: index += 1
      default: return
      }
    }
  }
}
