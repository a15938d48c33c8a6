import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of opensnoop is printed`() throws {
    try fuzz("opensnoop") { numbers in
      record(&numbers, opensnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.result = numbers.number(Int64.self)
        event.flags = numbers.number(UInt64.self)
        return numbers.path(&event.path)
      }
    }
  }
}
