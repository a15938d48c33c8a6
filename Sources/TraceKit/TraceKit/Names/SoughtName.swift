import CLinux
import Glibc

/// A name that is looked for in files of JSON. Most of them lack it, and need not be understood.
struct SoughtName {
  private let bytes: [UInt8]
  /// Whether its characters are written as they are, or by their numbers.
  private let isPlain: Bool

  init(_ name: String) {
    bytes = Array(name.utf8)
    isPlain = bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), ..<0x20, 0x80...: false
      default: true
      }
    }
  }

  /// Whether a text can have a string with the name in it; false only where it has none.
  func canBe(in text: [UInt8]) -> Bool {
    guard isPlain else { return true }
    return text.withUnsafeBytes { text in
      let isThere = bytes.withUnsafeBytes {
        linux_contains(text.baseAddress, text.count, $0.baseAddress, $0.count)
      }
      return isThere || hasNumber(in: text)
    }
  }

  /// Whether a text has one of its characters as `\\uXXXX`.
  private func hasNumber(in text: UnsafeRawBufferPointer) -> Bool {
    var rest = text[...]
    while rest.count >= 6,
      let found = memchr(rest.base.baseAddress! + rest.startIndex, 0x5c, rest.count - 5)
    {
      let place = UnsafeRawPointer(found) - text.baseAddress!
      // An escaped backslash may begin none.
      let digits = String(decoding: text[place + 2..<place + 6], as: UTF8.self)
      if text[place + 1] == UInt8(ascii: "u"), let number = UInt32(digits, radix: 16),
        number < 0x80, bytes.contains(UInt8(number))
      {
        return true
      }
      rest = text[(place + 1)...]
    }
    return false
  }
}
