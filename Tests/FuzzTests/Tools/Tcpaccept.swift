import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of tcpaccept is printed`() throws {
    try fuzz("tcpaccept") { numbers in
      record(&numbers, tcpaccept_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.endpoints.version = numbers.chance(2) ? 4 : numbers.number(UInt16.self)
        event.waited_ns = numbers.number(UInt64.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
