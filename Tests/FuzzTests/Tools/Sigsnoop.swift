import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of sigsnoop is printed`() throws {
    for options in [[], ["-n"]] {
      try fuzz("sigsnoop", options) { numbers in
        record(&numbers, sigsnoop_event.self) { numbers, event in
          event.header.time_ns = numbers.number(UInt64.self)
          event.result = numbers.number(Int64.self)
          event.signal = numbers.chance(2) ? numbers.number(Int32.self) % 70 : event.code
          let text = numbers.text()
          withUnsafeMutableBytes(of: &event.target_comm) {
            $0.copyBytes(from: text.prefix($0.count))
          }
          return numbers.bytes(0...8)
        }
      }
    }
  }
}
