import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of shmsnoop is printed`() throws {
    try fuzz("shmsnoop") { numbers in
      record(&numbers, shmsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.result = numbers.number(Int64.self)
        event.number =
          numbers.chance(4) ? numbers.number(UInt32.self) : 29 + numbers.number(UInt32.self) % 3
        event.arguments = (
          numbers.number(UInt64.self), numbers.number(UInt64.self), numbers.number(UInt64.self)
        )
        return numbers.bytes(0...8)
      }
    }
  }
}
