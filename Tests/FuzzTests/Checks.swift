import Foundation
import TestSupport

/// What must hold of the output, whatever the texts in it are.
enum Check {
  /// A table of so many lines: UTF-8, and nothing that moves the cursor, turns
  /// the direction of text or begins another line.
  static func table(_ output: [UInt8], lines: Int) throws {
    guard let text = String(validating: output, as: UTF8.self) else {
      throw Finding("a table is no UTF-8: \(output)")
    }
    for scalar in text.unicodeScalars where scalar.value != 0x0a {
      switch scalar.value {
      case 0..<0x20, 0x7f..<0xa0, 0x061c, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f,
        0xfeff, 0xe0000...0xe007f:
        throw Finding("a table has U+\(String(scalar.value, radix: 16)): \(output)")
      default: continue
      }
    }
    let found = output.reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) }
    try require(found == lines, "a table has \(found) lines and not \(lines): \(output)")
  }

  /// The objects of JSON lines.
  static func json(_ output: [UInt8], lines: Int) throws -> [[String: Any]] {
    try require(String(validating: output, as: UTF8.self) != nil, "JSON is no UTF-8: \(output)")
    let found = output.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast()
    try require(found.count == lines, "JSON has \(found.count) lines and not \(lines): \(output)")
    return try found.map { line in
      guard !line.contains(where: { $0 < 0x20 }),
        let object = try? JSONSerialization.jsonObject(with: Data(withoutMarks(line)))
          as? [String: Any]
      else { throw Finding("no object of JSON: \(Array(line))") }
      return object
    }
  }

  /// The line with each byte order mark as an escape: behind another escape Foundation
  /// leaves the mark itself out (6.3.1).
  private static func withoutMarks(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var rest = line, written: [UInt8] = []
    while let byte = rest.first {
      let isMark = rest.starts(with: [0xef, 0xbb, 0xbf])
      if isMark { written += Array(#"\ufeff"#.utf8) } else { written.append(byte) }
      rest = rest.dropFirst(isMark ? 3 : 1)
    }
    return written
  }

  /// A text of an object is that text, by itself or in base 64.
  static func text(_ object: [String: Any], _ key: String, _ expected: [UInt8]) throws {
    let twin = (object[key + "_base64"] as? String).flatMap { Data(base64Encoded: $0) }
    let plain = (object[key] as? String).map { Array($0.utf8) }
    let isWhole = String(validating: expected, as: UTF8.self) != nil
    try require(
      isWhole ? plain == expected && twin == nil : twin.map(Array.init) == expected,
      "\(key) is not \(expected): \(object)")
  }

  /// The records of CSV, each with so many fields.
  static func csv(_ output: [UInt8], records: Int, fields: Int) throws -> [[[UInt8]]] {
    do {
      let found = try StrictCSV(output).records
      try require(found.count == records, "CSV has \(found.count) records and not \(records)")
      try require(found.allSatisfy { $0.count == fields }, "a record has not \(fields) fields")
      return found
    } catch {
      throw Finding("no CSV: \(error): \(output)")
    }
  }
}
