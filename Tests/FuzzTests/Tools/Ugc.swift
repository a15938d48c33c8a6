import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test(arguments: [[], ["-m"], ["-F", "used"]])
  func `any record of ugc is printed`(_ options: [String]) throws {
    try fuzz("ugc", ["-l", "java"] + options) { numbers in
      record(&numbers, ugc_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.duration_ns = numbers.number(UInt64.self)
        event.begin = (numbers.number(UInt64.self), numbers.number(UInt64.self))
        event.end = (numbers.number(UInt64.self), numbers.number(UInt64.self))
        event.language = numbers.number(UInt32.self) % 10
        event.kind = numbers.number(UInt32.self) % 3
        withUnsafeMutableBytes(of: &event.manager) { numbers.fill($0) }
        withUnsafeMutableBytes(of: &event.pool) { numbers.fill($0) }
        return []
      }
    }
  }
}
