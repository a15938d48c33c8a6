import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of capable is printed`() throws {
    try fuzz("capable") { numbers in
      record(&numbers, capable_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.capability = numbers.chance(2) ? 21 : numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
