import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of tcpstates is printed`() throws {
    try fuzz("tcpstates") { numbers in
      record(&numbers, tcpstates_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.endpoints.version = numbers.chance(2) ? 4 : numbers.number(UInt16.self)
        event.old_state = numbers.number(UInt32.self)
        event.new_state = numbers.chance(2) ? 1 : numbers.number(UInt32.self)
        event.socket = numbers.number(UInt64.self)
        event.duration_ns = numbers.number(UInt64.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
