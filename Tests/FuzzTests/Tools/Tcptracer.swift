import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of tcptracer is printed`() throws {
    try fuzz("tcptracer") { numbers in
      record(&numbers, tcptracer_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.endpoints.version = numbers.chance(2) ? 4 : numbers.number(UInt16.self)
        event.kind = numbers.chance(2) ? 1 : numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
