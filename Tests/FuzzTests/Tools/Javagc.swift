import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of javagc is printed`() throws {
    try fuzz("javagc") { numbers in
      record(&numbers, javagc_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.duration_ns = numbers.number(UInt64.self)
        event.is_pool = numbers.number(UInt32.self)
        return []
      }
    }
  }
}
