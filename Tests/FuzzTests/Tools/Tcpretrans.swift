import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of tcpretrans is printed`() throws {
    try fuzz("tcpretrans") { numbers in
      record(&numbers, tcpretrans_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.flow.kind = numbers.chance(2) ? 1 : numbers.number(UInt32.self)
        event.state = numbers.chance(2) ? 1 : numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
