import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of statsnoop is printed`() throws {
    try fuzz("statsnoop") { numbers in
      record(&numbers, statsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.result = numbers.number(Int64.self)
        event.number = numbers.number(UInt32.self)
        return numbers.path(&event.path)
      }
    }
  }
}
