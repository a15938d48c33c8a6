import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of uflow is printed`() throws {
    try fuzz("uflow", ["-l", "java"]) { numbers in
      record(&numbers, uflow_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.depth = numbers.number(UInt64.self)
        event.is_end = numbers.number(UInt32.self)
        withUnsafeMutableBytes(of: &event.class_name) { numbers.fill($0) }
        withUnsafeMutableBytes(of: &event.method) { numbers.fill($0) }
        return []
      }
    }
  }
}
