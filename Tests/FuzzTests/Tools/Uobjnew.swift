import BPFObjects
import TestSupport
import Testing
import Wire

@testable import TraceKit

extension FuzzTests {
  @Test func `any type of uobjnew is printed`() throws {
    try fuzzRows("uobjnew", ["-l", "ruby"]) { numbers in
      var key = uobjnew_key()
      let name = put(numbers.chance(3) ? [] : numbers.text(), in: &key.type)
      key.size = numbers.number(UInt64.self)
      key.kind = numbers.number(UInt32.self)
      key.language = numbers.number(UInt32.self)
      let totals = uobjnew_totals(
        count: numbers.number(UInt64.self), bytes: numbers.number(UInt64.self))
      let row = SummaryTotals(
        key: key, totals: totals, count: totals.count, time: numbers.number(UInt64.self))
      return (row, name.isEmpty ? [:] : ["name": name])
    }
  }
}
