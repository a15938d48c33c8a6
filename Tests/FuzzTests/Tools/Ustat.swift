import BPFObjects
import TestSupport
import Testing
import Wire

@testable import TraceKit

extension FuzzTests {
  @Test func `any process of ustat is printed`() throws {
    try fuzzRows("ustat", []) { numbers in
      var counts = ustat_counts()
      let comm = put(numbers.text(), in: &counts.comm)
      // Rates of more than a process can do are no numbers.
      counts.counts.0 = UInt64(numbers.number(UInt32.self))
      counts.counts.5 = UInt64(numbers.number(UInt32.self))
      // No process has such a number.
      let row = RankedRow(
        key: numbers.number(UInt32.self) | 1 << 31, totals: counts,
        time: numbers.number(UInt64.self), span: numbers.number(UInt64.self))
      return (row, ["comm": comm, "cmdline": comm])
    }
  }
}
