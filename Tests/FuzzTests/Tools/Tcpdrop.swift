import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of tcpdrop is printed`() throws {
    try fuzz("tcpdrop") { numbers in
      record(&numbers, drop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.reason = numbers.number(UInt32.self)
        event.state = numbers.number(UInt8.self)
        event.flags = numbers.number(UInt8.self)
        event.endpoints.version = numbers.chance(2) ? 4 : 6
        event.stacks.kernel = numbers.number(UInt16.self)
        return numbers.bytes(0...1200)
      }
    }
  }
}
