import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of threadsnoop is printed`() throws {
    try fuzz("threadsnoop") { numbers in
      record(&numbers, threadsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.function = numbers.number(UInt64.self)
        event.argument = numbers.number(UInt64.self)
        return []
      }
    }
  }
}
