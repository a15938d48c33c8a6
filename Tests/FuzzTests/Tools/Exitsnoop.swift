import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of exitsnoop is printed`() throws {
    try fuzz("exitsnoop") { numbers in
      record(&numbers, exitsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.age_ns = numbers.number(UInt64.self)
        event.status = numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
