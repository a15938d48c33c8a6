import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of dnssnoop is printed`() throws {
    let seed: [UInt8] =
      [0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0x61, 2, 0x62, 0x63, 0, 0, 1, 0, 1]
      + [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 1, 0, 4, 1, 0x64, 0xc0, 12]
      + [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4]
    try fuzz("dnssnoop") { numbers in
      record(&numbers, dnssnoop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.kind = numbers.number(UInt32.self) % 4
        event.is_served = numbers.number(UInt8.self) & 1
        event.latency_ns = numbers.number(UInt64.self)
        event.endpoints.version = numbers.chance(2) ? 4 : 6
        var message = numbers.chance(4) ? numbers.bytes(0...600) : seed
        for _ in 0..<4 where !message.isEmpty && numbers.chance(2) {
          message[Int(numbers.number(UInt16.self)) % message.count] = numbers.number(UInt8.self)
        }
        event.taken = numbers.chance(4) ? numbers.number(UInt16.self) : UInt16(message.count)
        return message
      }
    }
  }
}
