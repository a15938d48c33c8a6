import Foundation
import Testing

extension Live {
  /// Times are those of the machine's clock, also where somebody sets it during a run.
  @Suite struct ClockSteps {
    private static func setClock(by seconds: Int) throws {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      time.tv_sec += seconds
      try #require(clock_settime(CLOCK_REALTIME, &time) == 0)
    }

    @Test(
      "an event has the time at which it was made, before and after a step of an hour",
      .enabled(if: Patience.isEmulated, "the clock is not this test's own"))
    func steps() throws {
      let run = try TracedRun("opensnoop", ["--json", "--name", "workload"])
      var spans: [ClosedRange<Date>] = []
      for step in [0, 3600, -3600] {
        try Self.setClock(by: step)
        let workload = try Workload("opens", "23", "openat", "/no/such/file", "0", "0")
        let before = Date()
        try workload.run()
        spans.append(before - 0.01...Date() + 0.01)
        // What waits in the kernel when the clock is set has its new time.
        try waitFor("rows") {
          try run.rowsSoFar().count { $0["path"] == "/no/such/file" } == 23 * spans.count
        }
      }
      let result = try run.stop()
      #expect(result.end == .exited(0) && result.leftInKernel == "")
      let rows = try result.rows().filter { $0["path"] == "/no/such/file" }
      try #require(rows.count == 69)
      for (number, row) in rows.enumerated() {
        #expect(row.date.map(spans[number / 23].contains) == true, "\(row), \(spans)")
      }
    }
  }
}
