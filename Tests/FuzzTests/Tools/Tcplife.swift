import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of tcplife is printed`() throws {
    try fuzz("tcplife") { numbers in
      record(&numbers, tcplife_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.sent_bytes = numbers.number(UInt64.self)
        event.duration_ns = numbers.number(UInt64.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
