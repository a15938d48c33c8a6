import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of dbslower is printed`() throws {
    try fuzz("dbslower", ["postgres"]) { numbers in
      record(&numbers, dbslower_event.self) { numbers, event in
        let text = numbers.text()
        event.header.time_ns = numbers.number(UInt64.self)
        event.duration_ns = numbers.number(UInt64.self)
        event.size = numbers.chance(4) ? numbers.number(UInt32.self) : UInt32(text.count)
        event.has_text = numbers.chance(4) ? 0 : 1
        event.cut = numbers.number(UInt16.self)
        return text
      }
    }
  }
}
