import BPFObjects
import TestSupport
import Testing
import Wire

extension FuzzTests {
  @Test func `any record of trace is printed`() throws {
    let probe =
      "c:getppid \"%d %s|%-100.50s %c %K %U %#llx\", arg1, arg2, arg3, arg4, arg5, arg6, arg1"
    try fuzz("trace", [probe]) { numbers in
      record(&numbers, trace_event.self) { numbers, event in
        event.header.time_ns = numbers.number(UInt64.self)
        event.probe = numbers.chance(4) ? numbers.number(UInt32.self) : 0
        event.values.1 = numbers.number(Int64.self)
        event.values.2 = numbers.chance(2) ? 80 : numbers.number(Int64.self)
        return numbers.chance(2) ? numbers.text() + numbers.text() : numbers.bytes(0...170)
      }
    }
  }
}
