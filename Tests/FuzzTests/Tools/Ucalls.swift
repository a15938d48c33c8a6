import BPFObjects
import TestSupport
import Testing
import Wire

@testable import TraceKit

extension FuzzTests {
  @Test func `any method of ucalls is printed`() throws {
    try fuzzRows("ucalls", ["-l", "java", "-L"]) { numbers in
      var key = ucalls_key()
      let holder = put(numbers.text(), in: &key.class)
      let method = put(numbers.text(), in: &key.method)
      key.is_syscall = numbers.chance(4) ? 1 : 0
      key.number = numbers.number(UInt32.self)
      let totals = tally(
        count: numbers.number(UInt64.self), total_ns: numbers.number(UInt64.self))
      let row = SummaryTotals(
        key: key, totals: totals, count: totals.count, time: numbers.number(UInt64.self))
      let name = holder.isEmpty ? method : holder + [UInt8(ascii: ".")] + method
      return (row, key.is_syscall == 0 ? ["method": name, "class": holder] : [:])
    }
  }
}
