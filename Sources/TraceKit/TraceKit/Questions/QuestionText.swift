/// The text of a question, which is a probe with what is asked there, read from its start.
///
/// Positions are offsets in its bytes, so that looking ahead costs nothing; a column is the
/// number of a character.
struct QuestionText {
  let source: String
  private let bytes: [UInt8]
  private(set) var position: Int
  /// The end of the part that is read.
  let end: Int

  init(_ source: String, from start: Int = 0, to end: Int? = nil) {
    self.source = source
    bytes = Array(source.utf8)
    position = start
    self.end = end ?? bytes.count
  }

  enum Token: Equatable {
    case name(String)
    case number(UInt64, isUnsigned: Bool, isLong: Bool)
    /// Between quotation marks, without its escapes.
    case text([UInt8])
    case sign(String)
    case end
  }

  /// A token and where it begins.
  struct Placed {
    let token: Token
    let start: Int
  }

  /// What is wrong, as a sentence with the column.
  func error(_ what: String, at position: Int) -> ToolError {
    var index = source.utf8.index(source.startIndex, offsetBy: min(position, bytes.count))
    while index.samePosition(in: source) == nil { index = source.utf8.index(before: index) }
    return ProbeSpec.error(source, at: index, what)
  }

  private func byte(_ ahead: Int = 0) -> UInt8? {
    position + ahead < end ? bytes[position + ahead] : nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0d).contains(byte)
  }

  mutating func skipSpace() {
    while let next = byte(), Self.isSpace(next) { position += 1 }
  }

  /// Whether the next byte is this one; nothing is skipped.
  func begins(with character: Unicode.Scalar) -> Bool { byte() == UInt8(ascii: character) }

  /// The next token, which is not consumed.
  func peek() throws -> Placed {
    var copy = self
    return try copy.next()
  }

  /// Consumes a sign where it is the next token.
  mutating func take(_ sign: String) throws -> Bool {
    var copy = self
    guard try copy.next().token == .sign(sign) else { return false }
    self = copy
    return true
  }

  mutating func expect(_ sign: String, _ what: String) throws {
    let next = try peek()
    guard try take(sign) else { throw error("\(what) needs '\(sign)' here", at: next.start) }
  }

  private static let signs = [
    "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=",
  ]

  mutating func next() throws -> Placed {
    skipSpace()
    let start = position
    guard let first = byte() else { return Placed(token: .end, start: start) }
    if Self.isLetter(first) || first == UInt8(ascii: "$") {
      position += 1
      while let next = byte(), Self.isLetter(next) || Self.isDigit(next) { position += 1 }
      let name = String(decoding: bytes[start..<position], as: UTF8.self)
      return Placed(token: .name(name), start: start)
    }
    if Self.isDigit(first) { return try number(from: start) }
    if first == UInt8(ascii: "\"") {
      position += 1
      return Placed(token: .text(try quoted(to: first, from: start)), start: start)
    }
    if first == UInt8(ascii: "'") {
      position += 1
      let character = try quoted(to: first, from: start)
      guard character.count == 1 else {
        throw error("a character has one byte between its quotation marks", at: start)
      }
      // As a char of C is signed.
      let value = UInt64(bitPattern: Int64(Int8(bitPattern: character[0])))
      return Placed(token: .number(value, isUnsigned: false, isLong: false), start: start)
    }
    for sign in Self.signs where bytes[position..<end].starts(with: sign.utf8) {
      position += sign.utf8.count
      return Placed(token: .sign(sign), start: start)
    }
    position += 1
    guard (0x21..<0x7f).contains(first) else {
      throw error("this character means nothing here", at: start)
    }
    return Placed(token: .sign(String(UnicodeScalar(first))), start: start)
  }

  private mutating func number(from start: Int) throws -> Placed {
    while let next = byte(), Self.isLetter(next) || Self.isDigit(next) { position += 1 }
    var digits = String(decoding: bytes[start..<position], as: UTF8.self).lowercased()[...]
    var radix = 10
    if digits.hasPrefix("0x") {
      (digits, radix) = (digits.dropFirst(2), 16)
    } else if digits.hasPrefix("0b") {
      (digits, radix) = (digits.dropFirst(2), 2)
    } else if digits.count > 1, digits.first == "0" {
      (digits, radix) = (digits.dropFirst(), 8)
    }
    let suffix = digits.reversed().prefix { $0 == "u" || $0 == "l" }
    digits = digits.dropLast(suffix.count)
    // It is Swift that would allow a sign here.
    guard let value = UInt64(digits, radix: radix), digits.first != "+", suffix.count < 4 else {
      throw error("this is not a number of at most 64 bits", at: start)
    }
    if byte() == UInt8(ascii: ".") {
      throw error("floating-point numbers cannot be computed in the kernel", at: start)
    }
    let isUnsigned = suffix.contains("u")
    return Placed(
      token: .number(value, isUnsigned: isUnsigned, isLong: suffix.contains("l")), start: start)
  }

  /// The rest of a text, with its escapes as C has them.
  private mutating func quoted(to quote: UInt8, from start: Int) throws -> [UInt8] {
    var text: [UInt8] = []
    while let next = byte() {
      position += 1
      if next == quote { return text }
      guard next == UInt8(ascii: "\\") else {
        text.append(next)
        continue
      }
      guard let escaped = byte() else { break }
      position += 1
      switch escaped {
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "0"): text.append(0)
      case UInt8(ascii: "x"):
        let digits = bytes[position..<min(position + 2, end)].prefix {
          Self.isDigit($0) || (0x61...0x66).contains($0 | 0x20)
        }
        guard let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
          throw error("'\\x' needs one or two hexadecimal digits", at: position - 2)
        }
        position += digits.count
        text.append(value)
      default: text.append(escaped)
      }
    }
    throw error("the quotation mark has no counterpart", at: start)
  }
}
