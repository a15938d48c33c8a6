import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of dcsnoop is printed`() throws {
    try fuzz("dcsnoop") { numbers in
      record(&numbers, dcsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.is_miss = numbers.number(UInt32.self)
        let name = numbers.text()
        event.size = numbers.chance(8) ? numbers.number(UInt32.self) : UInt32(name.count)
        return name
      }
    }
  }
}
