import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of fileslower is printed`() throws {
    try fuzz("fileslower") { numbers in
      record(&numbers, fileslower_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.duration_ns = numbers.number(UInt64.self)
        event.result = numbers.number(Int64.self)
        event.type = numbers.number(UInt32.self)
        let text = numbers.text()
        withUnsafeMutableBytes(of: &event.name) { $0.copyBytes(from: text.prefix($0.count)) }
        return numbers.bytes(0...8)
      }
    }
  }
}
