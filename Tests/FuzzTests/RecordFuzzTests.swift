import TestSupport
import Testing

@testable import TraceKit

/// What a line of a tool may hold.
extension FuzzTests {
  @Test func `any line is a record or is refused`() throws {
    try Fuzz.run("JSON records") { numbers in
      let out = OutputBuffer()
      out.append("{\"type\":")
      let text = numbers.text()
      let isWhole = text.withUnsafeBytes { out.append(jsonString: $0) }
      out.append(",\"pid\":\(numbers.number(Int64.self)),\"list\":[")
      for place in 0..<Int.random(in: 0...5, using: &numbers) {
        if place > 0 { out.append(",") }
        if numbers.chance(2) {
          numbers.text().withUnsafeBytes { _ = out.append(jsonString: $0) }
        } else {
          out.append("{\"low\":\(numbers.number(UInt64.self)),\"count\":1}")
        }
      }
      out.append("]}")
      var line = out.withBytes { Array($0) }
      let read = JSONRecord(line)?.text("type")
      // What is no UTF-8 is replaced otherwise here.
      try require(
        isWhole ? read == String(decoding: text, as: UTF8.self) : read != nil,
        "a text is another one")
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        line[Int.random(in: 0..<line.count, using: &numbers)] = numbers.number(UInt8.self)
      }
      let changed = JSONRecord(line)
      _ = changed?.process
      _ = changed?.buckets("list").count
    }
  }
}
