import Foundation
import TestSupport
import Testing

@testable import TraceKit

@Suite struct EscapingTests {
  @Test func `a person sees every hostile character spelled out`() {
    let table: [([UInt8], String)] = [
      (Array("plain /path-1".utf8), "plain /path-1"),
      (Array("größe 🦀".utf8), "größe 🦀"),
      (Array("a\\b".utf8), "a\\\\b"),
      (Array("\n\t\r".utf8), "\\n\\t\\r"),
      (Array("\u{1b}[31m".utf8), "\\x1b[31m"),
      ([0x7f, 0x00], "\\x7f\\x00"),
      ([0xff, 0x61], "\\xffa"),
      ([0xe2, 0x80], "\\xe2\\x80"),
      (Array("a\u{202e}b".utf8), "a\\u202eb"),
      (Array("\u{85}".utf8), "\\u0085"),
      (Array("\u{e0041}".utf8), "\\U000e0041"),
    ]
    for (bytes, expected) in table {
      #expect(String(decoding: cell(.table) { $0.text(bytes) }, as: UTF8.self) == expected)
    }
  }

  @Test func `table text is harmless and has one reading`() throws {
    for bytes in Corpus.all {
      let escaped = cell(.table) { $0.text(bytes) }
      let string = try #require(String(validating: escaped, as: UTF8.self), "\(bytes)")
      let harmful = string.unicodeScalars.filter(isHarmful)
      #expect(harmful.isEmpty, "\(bytes) became \(escaped)")
      #expect(unescape(string) == bytes)
    }
  }

  /// Moves a cursor, turns the direction of text, or begins a new line.
  private func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: scalar.properties.isBidiControl
    }
  }

  /// The other direction, written from the documentation of the escapes.
  private func unescape(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    func take(_ count: Int) -> UInt32 {
      defer { rest = rest.dropFirst(count) }
      return UInt32(String(decoding: rest.prefix(count), as: UTF8.self), radix: 16) ?? .max
    }
    while let first = rest.popFirst() {
      guard first == UInt8(ascii: "\\") else {
        bytes.append(first)
        continue
      }
      switch rest.popFirst().map({ Unicode.Scalar($0) }) {
      case "\\": bytes.append(0x5c)
      case "n": bytes.append(0x0a)
      case "t": bytes.append(0x09)
      case "r": bytes.append(0x0d)
      case "x": bytes.append(UInt8(truncatingIfNeeded: take(2)))
      case "u": bytes += Unicode.Scalar(take(4)).map { Array(String($0).utf8) } ?? []
      case "U": bytes += Unicode.Scalar(take(8)).map { Array(String($0).utf8) } ?? []
      case let kind: Issue.record("no such escape: \(String(describing: kind))")
      }
    }
    return bytes
  }

  @Test func `JSON is valid and loses no byte`() throws {
    for bytes in Corpus.all {
      let object = Array("{\"k\":".utf8) + cell(.json) { $0.text(bytes) } + Array("}".utf8)
      #expect(String(validating: object, as: UTF8.self) != nil)
      #expect(!object.contains { $0 < 0x20 || $0 == 0x7f })
      let parsed = try JSONSerialization.jsonObject(with: Data(object)) as? [String: String]
      let fields = try #require(parsed)
      let plain = try #require(fields["k"])
      if String(validating: bytes, as: UTF8.self) != nil {
        #expect(Array(plain.utf8) == bytes)
        #expect(fields.count == 1)
      } else {
        #expect(plain.contains("\u{fffd}"))
        let twin = try #require(fields["k_base64"])
        #expect(Data(base64Encoded: twin).map(Array.init) == bytes)
      }
    }
  }

  @Test func `base 64 is that of the standard`() {
    let vectors = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
      "foobar": "Zm9vYmFy",
    ]
    for (plain, encoded) in vectors {
      #expect(
        text { out in Array(plain.utf8).withUnsafeBytes { out.append(base64: $0) } } == encoded)
    }
    for bytes in Corpus.all {
      let ours = text { out in bytes.withUnsafeBytes { out.append(base64: $0) } }
      #expect(ours == Data(bytes).base64EncodedString())
    }
  }

  @Test func `a strict reader of CSV gets the same bytes back`() throws {
    var numbers = SeededNumbers(seed: 4180)
    var texts = Corpus.all
    texts.shuffle(using: &numbers)
    let rows = stride(from: 0, to: texts.count - 3, by: 3).map { Array(texts[$0..<$0 + 3]) }
    let column = { (index: Int) in
      Column<[[UInt8]]>("c\(index)", "C", width: 0) { row, cell in cell.text(row[index]) }
    }
    let bytes = written { out in
      let printer = RowPrinter(
        type: "row", columns: (0..<3).map(column), format: .csv, timeFormat: .utc,
        clock: testClock(), out: out)
      printer.header()
      for row in rows { printer.print(row) }
    }
    let records = try StrictCSV(bytes).records
    #expect(records.first == ["c0", "c1", "c2"].map { Array($0.utf8) })
    #expect(Array(records.dropFirst()) == rows)
  }

  @Test func `the strict reader refuses what is not quoted as it must be`() {
    for broken in ["a\"b\n", "\"a\"b\n", "\"a\n", "a\rb\n", "a,b"] {
      #expect(throws: StrictCSV.Broken.self) { try StrictCSV(Array(broken.utf8)) }
    }
  }

  @Test func `the text of a fixed array ends at its NUL`() {
    let comm: (UInt8, UInt8, UInt8, UInt8) = (0x61, 0x62, 0, 0x63)
    #expect(cell(.table) { $0.text(cString: comm) } == Array("ab".utf8))
    let full: (UInt8, UInt8) = (0x61, 0x62)
    #expect(cell(.table) { $0.text(cString: full) } == Array("ab".utf8))
  }
}

extension Cell {
  fileprivate func text(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { text($0) }
  }
}
