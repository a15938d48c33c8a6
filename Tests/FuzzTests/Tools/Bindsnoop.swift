import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of bindsnoop is printed`() throws {
    try fuzz("bindsnoop") { numbers in
      record(&numbers, bindsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.endpoints.version = numbers.chance(2) ? 4 : numbers.number(UInt16.self)
        event.result = numbers.number(Int64.self)
        event.protocol = numbers.number(UInt16.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
