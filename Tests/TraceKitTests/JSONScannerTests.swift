import TestSupport
import Testing

@testable import TraceKit

private typealias Malformed = JSONScanner.Malformed

@Suite struct JSONScannerTests {
  /// Reads a text as one value; nil where it is refused.
  private func string(_ text: String) -> String? {
    var found: String?
    do throws(Malformed) {
      try JSONScanner.scan(Array(text.utf8)) { (scanner) throws(Malformed) in
        found = try scanner.string()
      }
    } catch {
      return nil
    }
    return found
  }

  private func isValid(_ bytes: [UInt8]) -> Bool {
    (try? JSONScanner.scan(bytes) { (scanner) throws(Malformed) in try scanner.skip() }) != nil
  }

  private func isValid(_ text: String) -> Bool { isValid(Array(text.utf8)) }

  @Test func `strings have their escapes undone`() {
    #expect(string(#" "größe" "#) == "größe")
    #expect(string(#""\"\\\/\b\f\n\r\t\u0041\u00e9""#) == "\"\\/\u{8}\u{c}\n\r\tAé")
    #expect(string(#""\ud83d\ude00""#) == "😀")
  }

  @Test(arguments: [
    "", "\"", "\"a", "\"\\\"", #""\x""#, #""\u12""#, #""\u12g4""#, #""\ud83d""#, #""\ud83dx""#,
    #""\ud83d\u0041""#, #""\ude00""#, #""\u+123""#, "\"\n\"", "\"a\" b", "a", "5", "\"\\u１２３４\"",
  ])
  func `what is no string is refused`(text: String) {
    #expect(string(text) == nil)
  }

  @Test func `bytes that are no UTF-8 are refused`() {
    #expect(!isValid([0x22, 0xff, 0x22]))
    #expect(!isValid([0x22, 0xc0, 0x80, 0x22]))
    #expect(!isValid([0xef, 0xbb, 0xbf, 0x22, 0x22]))
  }

  @Test(arguments: [
    "{}", "[]", " { } ", "[ ]", "0", "-0", "10", "-1.5e+10", "1E5", "0.0", "true", "false", "null",
    #"{"a":{"b":[1,2,{"c":null}]},"a":""}"#, "[[],[[]],{}]", "\t[\r1\n,2 ]",
  ])
  func `values of each kind are passed over`(text: String) {
    #expect(isValid(text))
  }

  @Test(arguments: [
    "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
    "{a:1}", "{1:1}", "01", "-", "+1", "1.", ".5", "1e", "1e+", "tru", "True", "nul", "nan",
    "[1]]", "{}{}", "'a'", "[1,2}", "{\"a\":1]", "/*x*/1", "\u{0}",
  ])
  func `what is no JSON is refused`(text: String) {
    #expect(!isValid(text))
  }

  @Test func `nesting has a limit`() {
    func nested(_ depth: Int, _ open: String, _ close: String) -> String {
      String(repeating: open, count: depth) + "0" + String(repeating: close, count: depth)
    }
    #expect(isValid(nested(64, "[", "]")))
    #expect(!isValid(nested(65, "[", "]")))
    #expect(isValid(nested(64, "{\"a\":", "}")))
    #expect(!isValid(nested(65, "{\"a\":", "}")))
    #expect(!isValid(String(repeating: "[", count: 1_000_000)))
  }

  private let sample = #"{"id":"a\u00e9","names":["x","y"],"n":{"k":[1.5e3,true,null]}}"#

  @Test func `each cut and each change of a byte is read without a crash`() {
    let bytes = Array(sample.utf8)
    #expect(isValid(bytes))
    for length in 0..<bytes.count { #expect(!isValid(Array(bytes.prefix(length)))) }
    var numbers = SeededNumbers(seed: 23)
    var valid = 0
    for index in bytes.indices {
      for _ in 0..<20 {
        var changed = bytes
        changed[index] = UInt8.random(in: 0...255, using: &numbers)
        if isValid(changed) { valid += 1 }
      }
    }
    // Within strings and numbers many a change is fine.
    #expect(valid > 0 && valid < bytes.count * 20)
  }

  @Test func `keys and elements come in order`() throws {
    var (keys, names): ([String], [String]) = ([], [])
    try JSONScanner.scan(Array(sample.utf8)) { (scanner) throws(Malformed) in
      try scanner.object { (key, scanner) throws(Malformed) in
        keys.append(key)
        guard key == "names", scanner.begins("[") else { return try scanner.skip() }
        try scanner.array { (scanner) throws(Malformed) in names.append(try scanner.string()) }
      }
    }
    #expect(keys == ["id", "names", "n"])
    #expect(names == ["x", "y"])
  }

  @Test func `a value that the visitor leaves is an error`() {
    #expect(throws: Malformed.self) {
      try JSONScanner.scan(Array("[1]".utf8)) { (scanner) throws(Malformed) in
        try scanner.array { (_) throws(Malformed) in }
      }
    }
  }
}
