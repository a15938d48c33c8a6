import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of sofdsnoop is printed`() throws {
    let magics: [UInt32] = [0x534f_434b, 0x5049_5045, 0x5049_4446, 0x0904_1934, 0]
    try fuzz("sofdsnoop") { numbers in
      record(&numbers, sofdsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.magic = magics[Int(numbers.number(UInt8.self)) % magics.count]
        event.flags = numbers.number(UInt32.self)
        event.descriptor = numbers.number(Int32.self)
        event.inode = numbers.number(UInt64.self)
        return numbers.path(&event.path)
      }
    }
  }
}
