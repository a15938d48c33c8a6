import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of softirqslower is printed`() throws {
    try fuzz("softirqslower") { numbers in
      record(&numbers, softirqslower_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.header.cpu = numbers.number(UInt32.self)
        event.latency_ns = numbers.number(UInt64.self)
        event.vector = numbers.chance(2) ? 3 : numbers.number(UInt32.self)
        event.stage = numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
