import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of uthreads is printed`() throws {
    try fuzz("uthreads", ["-l", "java"]) { numbers in
      record(&numbers, uthreads_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.runtime_id = numbers.number(UInt64.self)
        event.native_id = numbers.number(UInt64.self)
        event.function = numbers.number(UInt64.self)
        event.kind = numbers.number(UInt32.self) % 4
        withUnsafeMutableBytes(of: &event.name) { numbers.fill($0) }
        return []
      }
    }
  }
}
