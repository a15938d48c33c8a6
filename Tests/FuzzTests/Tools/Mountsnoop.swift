import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of mountsnoop is printed`() throws {
    let calls: [UInt32] = [165, 166, 428, 429, 430, 431, 432, 433, 442, 467]
    try fuzz("mountsnoop") { numbers in
      record(&numbers, mountsnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.result = numbers.number(Int64.self)
        event.number =
          numbers.chance(8)
          ? numbers.number(UInt32.self) : calls[Int(numbers.number(UInt8.self)) % calls.count]
        event.start_ns = numbers.number(UInt64.self)
        event.arguments.1 = numbers.number(UInt64.self)
        event.cut = numbers.number(UInt32.self)
        var texts: [UInt8] = []
        func size(_ text: [UInt8]) -> UInt16 {
          texts += text + [0]
          return UInt16(text.count + 1)
        }
        event.sizes = (size(numbers.text()), size(numbers.text()), size(numbers.text()), 0)
        if numbers.chance(4) { event.sizes.0 = numbers.number(UInt16.self) }
        return texts
      }
    }
  }
}
