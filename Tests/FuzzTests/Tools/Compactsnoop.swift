import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of compactsnoop is printed`() throws {
    try fuzz("compactsnoop", ["-e", "-T"]) { numbers in
      record(&numbers, compactsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.latency_ns = numbers.number(UInt64.self)
        event.zone.free_pages = numbers.number(UInt64.self)
        event.zone.order = numbers.number(Int32.self)
        event.zone.fragmentation = numbers.number(Int32.self)
        event.result = numbers.number(UInt32.self)
        let text = numbers.text()
        withUnsafeMutableBytes(of: &event.zone.name) { $0.copyBytes(from: text.prefix($0.count)) }
        return numbers.bytes(0...8)
      }
    }
  }
}
