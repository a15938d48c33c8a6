import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test(arguments: [[], ["--hexdump"]])
  func `any record of sslsniff is printed`(_ options: [String]) throws {
    try fuzz("sslsniff", options) { numbers in
      record(&numbers, sslsniff_event.self) { numbers, event in
        let text = numbers.text()
        event.header.time_ns = numbers.number(UInt64.self)
        event.latency_ns = numbers.number(UInt64.self)
        event.size = numbers.number(UInt64.self)
        event.taken = numbers.chance(4) ? numbers.number(UInt32.self) : UInt32(text.count)
        event.operation = numbers.number(UInt8.self) % 4
        event.library = numbers.number(UInt8.self) % 4
        return text
      }
    }
  }
}
