import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of throttlesnoop is printed`() throws {
    try fuzz("throttlesnoop") { numbers in
      record(&numbers, throttlesnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.held_ns = numbers.number(UInt64.self)
        event.group_id = numbers.chance(4) ? 0 : numbers.number(UInt64.self)
        event.throttled_periods = numbers.number(UInt32.self)
        event.quota_ns = numbers.number(UInt64.self)
        let text = numbers.text()
        withUnsafeMutableBytes(of: &event.group) {
          $0.copyBytes(from: text.prefix($0.count))
        }
        return numbers.bytes(0...8)
      }
    }
  }
}
