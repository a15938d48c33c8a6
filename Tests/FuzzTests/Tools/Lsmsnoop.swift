import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of lsmsnoop is printed`() throws {
    try fuzz("lsmsnoop") { numbers in
      record(&numbers, lsmsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.result = numbers.number(Int64.self)
        event.number = numbers.number(UInt32.self)
        event.kind =
          numbers.chance(4) ? numbers.number(UInt8.self) : .random(in: 0...6, using: &numbers)
        event.operation = numbers.number(UInt8.self)
        event.detail = numbers.number(UInt64.self)
        event.target_pid = numbers.number(UInt32.self)
        return numbers.path(&event.path)
      }
    }
  }
}
