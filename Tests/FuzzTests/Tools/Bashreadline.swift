import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of bashreadline is printed`() throws {
    try fuzz("bashreadline") { numbers in
      record(&numbers, bashreadline_event.self) { numbers, event in
        let text = numbers.text()
        event.header.time_ns = numbers.number(UInt64.self)
        event.size = numbers.chance(4) ? numbers.number(UInt32.self) : UInt32(text.count)
        event.cut = numbers.number(UInt32.self)
        return text
      }
    }
  }
}
