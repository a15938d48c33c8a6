import BPFObjects
import TestSupport
import Testing

extension FuzzTests {
  @Test func `any record of dropsnoop is printed`() throws {
    try fuzz("dropsnoop") { numbers in
      record(&numbers, drop_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.reason = numbers.number(UInt32.self)
        event.state = numbers.number(UInt8.self)
        event.flags = numbers.number(UInt8.self)
        event.endpoints.version = [0, 4, 6][Int(numbers.number(UInt8.self) % 3)]
        event.place = numbers.number(UInt64.self)
        event.ethertype = numbers.number(UInt16.self)
        event.family = numbers.number(UInt16.self)
        event.ip_protocol = numbers.number(UInt8.self)
        event.has_ports = numbers.number(UInt8.self) & 1
        let name = numbers.bytes(16...16)
        withUnsafeMutableBytes(of: &event.interface) { $0.copyBytes(from: name) }
        event.stacks.kernel = numbers.number(UInt16.self)
        return numbers.bytes(0...1200)
      }
    }
  }
}
