import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of filelife is printed`() throws {
    try fuzz("filelife") { numbers in
      record(&numbers, name_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.created_ns = numbers.chance(4) ? 0 : numbers.number(UInt64.self)
        event.kind =
          numbers.chance(8)
          ? numbers.number(UInt32.self) : UInt32(numbers.number(UInt8.self) % 6)
        return numbers.path(&event.path) + numbers.path(&event.new_path)
      }
    }
  }
}
