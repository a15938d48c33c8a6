import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of mdflush is printed`() throws {
    try fuzz("mdflush") { numbers in
      record(&numbers, mdflush_event.self) { numbers, event in
        event.disk.major = numbers.number(UInt32.self)
        event.disk.minor = numbers.number(UInt32.self)
        event.flags = numbers.number(UInt32.self)
        return numbers.bytes(0...8)
      }
    }
  }
}
