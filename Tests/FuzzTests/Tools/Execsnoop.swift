import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of execsnoop is printed`() throws {
    try fuzz("execsnoop", ["--quote"]) { numbers in
      record(&numbers, execsnoop_event.self) { numbers, event in
        let path = numbers.text() + [0]
        var arguments: [UInt8] = []
        for _ in 0..<Int.random(in: 0...70, using: &numbers) { arguments += numbers.text() + [0] }
        event.header.time_ns = numbers.number(UInt64.self)
        event.path_size = numbers.chance(4) ? numbers.number(UInt16.self) : UInt16(path.count)
        event.args_size = numbers.chance(4) ? numbers.number(UInt32.self) : UInt32(arguments.count)
        return path + arguments
      }
    }
  }
}
