import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of oomkill is printed`() throws {
    try fuzz("oomkill") { numbers in
      record(&numbers, oomkill_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.total_pages = numbers.number(UInt64.self)
        event.anonymous_pages = numbers.number(UInt64.self)
        event.oom_score_adj = numbers.number(Int32.self)
        let text = numbers.text()
        withUnsafeMutableBytes(of: &event.trigger_comm) {
          $0.copyBytes(from: text.prefix($0.count))
        }
        return numbers.bytes(0...8)
      }
    }
  }
}
