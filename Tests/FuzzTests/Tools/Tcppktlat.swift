import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of tcppktlat is printed`() throws {
    try fuzz("tcppktlat") { numbers in
      record(&numbers, tcppktlat_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.endpoints.version = numbers.chance(2) ? 4 : numbers.number(UInt16.self)
        event.latency_ns = numbers.number(UInt64.self)
        event.longest_ns = numbers.number(UInt64.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
