import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of memleak is printed`() throws {
    try fuzz("memleak", ["--trace"]) { numbers in
      record(&numbers, memleak_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.address = numbers.number(UInt64.self)
        event.size = numbers.number(UInt64.self)
        event.operation = numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
