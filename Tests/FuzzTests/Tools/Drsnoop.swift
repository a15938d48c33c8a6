import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of drsnoop is printed`() throws {
    try fuzz("drsnoop", ["--memcg", "--extended", "-T", "-U"]) { numbers in
      record(&numbers, drsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.latency_ns = numbers.number(UInt64.self)
        event.pages = numbers.number(UInt64.self)
        event.free_pages = numbers.number(UInt64.self)
        event.order = numbers.number(UInt32.self)
        event.scope = numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
