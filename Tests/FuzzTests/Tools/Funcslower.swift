import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of funcslower is printed`() throws {
    try fuzz("funcslower", ["c:getppid"]) { numbers in
      record(&numbers, funcslower_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.duration_ns = numbers.number(UInt64.self)
        event.result = numbers.number(UInt64.self)
        event.function = numbers.number(UInt64.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
