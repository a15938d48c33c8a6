/// A format of printf, with the conversions of bcc's trace: `%K` and `%U` name a place in the
/// kernel or in a program.
struct MessageFormat: Sendable {
  enum Conversion: Sendable {
    case signed(bytes: Int)
    case unsigned(bytes: Int, radix: Int, isUpper: Bool)
    case character
    case pointer
    case text
    case kernelPlace
    case userPlace
  }

  struct Field: Sendable {
    let conversion: Conversion
    var isLeft = false
    var hasZeros = false
    var hasSign = false
    var hasPrefix = false
    var width = 0
    /// Of a text its most bytes, of a number its least digits.
    var precision: Int?
    /// Where it stands, for messages.
    let start: Int
  }

  enum Piece: Sendable {
    case text([UInt8])
    case field(Field)
  }

  let pieces: [Piece]

  var fields: [Field] {
    pieces.compactMap { if case .field(let field) = $0 { field } else { nil } }
  }

  private static let widest = 1024

  /// - Parameters:
  ///   - bytes: the format, without its quotation marks.
  ///   - start: where it stands in the text.
  init(_ bytes: [UInt8], in text: QuestionText, at start: Int) throws {
    var pieces: [Piece] = []
    var plain: [UInt8] = []
    var place = 0
    func byte() -> UInt8? { place < bytes.count ? bytes[place] : nil }
    func number() -> Int {
      var value = 0
      while let digit = byte(), (0x30...0x39).contains(digit) {
        value = min(value * 10 + Int(digit - 0x30), Self.widest)
        place += 1
      }
      return value
    }
    while let next = byte() {
      place += 1
      guard next == UInt8(ascii: "%") else {
        plain.append(next)
        continue
      }
      let position = start + place
      if byte() == UInt8(ascii: "%") {
        plain.append(next)
        place += 1
        continue
      }
      var (isLeft, hasZeros, hasSign, hasPrefix) = (false, false, false, false)
      flags: while let flag = byte() {
        switch flag {
        case UInt8(ascii: "-"): isLeft = true
        case UInt8(ascii: "0"): hasZeros = true
        case UInt8(ascii: "+"): hasSign = true
        case UInt8(ascii: "#"): hasPrefix = true
        case UInt8(ascii: " "): break
        default: break flags
        }
        place += 1
      }
      let width = number()
      var precision: Int?
      if byte() == UInt8(ascii: ".") {
        place += 1
        precision = number()
      }
      var size = 4
      modifiers: while let modifier = byte() {
        switch modifier {
        case UInt8(ascii: "l"), UInt8(ascii: "z"), UInt8(ascii: "j"), UInt8(ascii: "t"): size = 8
        case UInt8(ascii: "h"): size = size == 2 ? 1 : 2
        default: break modifiers
        }
        place += 1
      }
      guard let letter = byte() else {
        throw text.error("the format ends within a conversion", at: position)
      }
      place += 1
      let conversion: Conversion
      switch letter {
      case UInt8(ascii: "d"), UInt8(ascii: "i"): conversion = .signed(bytes: size)
      case UInt8(ascii: "u"): conversion = .unsigned(bytes: size, radix: 10, isUpper: false)
      case UInt8(ascii: "o"): conversion = .unsigned(bytes: size, radix: 8, isUpper: false)
      case UInt8(ascii: "x"): conversion = .unsigned(bytes: size, radix: 16, isUpper: false)
      case UInt8(ascii: "X"): conversion = .unsigned(bytes: size, radix: 16, isUpper: true)
      case UInt8(ascii: "c"): conversion = .character
      case UInt8(ascii: "p"): conversion = .pointer
      case UInt8(ascii: "s"): conversion = .text
      case UInt8(ascii: "K"): conversion = .kernelPlace
      case UInt8(ascii: "U"): conversion = .userPlace
      default:
        throw text.error(
          "this conversion is none of %d %i %u %x %X %o %c %p %s %K %U, and their l, ll, h and hh",
          at: position)
      }
      if !plain.isEmpty { pieces.append(.text(plain)) }
      plain = []
      pieces.append(
        .field(
          Field(
            conversion: conversion, isLeft: isLeft, hasZeros: hasZeros, hasSign: hasSign,
            hasPrefix: hasPrefix, width: width, precision: precision, start: position)))
    }
    // A row ends by itself.
    while plain.last == 0x0a { plain.removeLast() }
    if !plain.isEmpty { pieces.append(.text(plain)) }
    self.pieces = pieces
  }
}

extension MessageFormat.Field {
  /// A number as the conversion says.
  func number(_ value: Int64) -> [UInt8] {
    let bits = UInt64(bitPattern: value)
    var (digits, sign): (String, String)
    switch conversion {
    case .signed(let bytes):
      let unused = 64 - bytes * 8
      let number = (value << unused) >> unused
      digits = String(number.magnitude)
      sign = number < 0 ? "-" : hasSign ? "+" : ""
    case .unsigned(let bytes, let radix, let isUpper):
      let number = bytes == 8 ? bits : bits & (1 << (bytes * 8) - 1)
      digits = String(number, radix: radix, uppercase: isUpper)
      let prefix = radix == 16 ? (isUpper ? "0X" : "0x") : radix == 8 ? "0" : ""
      sign = hasPrefix && number != 0 ? prefix : ""
    case .character: return padded([UInt8(truncatingIfNeeded: value)])
    default:
      digits = String(bits, radix: 16)
      sign = "0x"
    }
    if let precision, digits.utf8.count < precision {
      digits = String(repeating: "0", count: precision - digits.utf8.count) + digits
    } else if hasZeros, !isLeft, precision == nil {
      let missing = width - digits.utf8.count - sign.utf8.count
      if missing > 0 { digits = String(repeating: "0", count: missing) + digits }
    }
    return padded(Array((sign + digits).utf8))
  }

  func text(_ bytes: [UInt8]) -> [UInt8] {
    padded(precision.map { Array(bytes.prefix($0)) } ?? bytes)
  }

  private func padded(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count < width else { return bytes }
    let blanks = [UInt8](repeating: 0x20, count: width - bytes.count)
    return isLeft ? bytes + blanks : blanks + bytes
  }
}
