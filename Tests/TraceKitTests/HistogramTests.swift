import Testing
import Wire

@testable import TraceKit

struct HistogramTests {
  /// As a program counts: buckets with their numbers.
  private func histogram(
    _ buckets: [Int: UInt64], scale: HistogramScale, max: UInt64 = 0, sum: UInt64 = 0
  ) -> Histogram {
    var counts = Wire.histogram()
    (counts.max, counts.sum) = (max, sum)
    withUnsafeMutableBytes(of: &counts.buckets) { bytes in
      for (bucket, count) in buckets {
        bytes.storeBytes(of: count, toByteOffset: bucket * 8, as: UInt64.self)
      }
    }
    return Histogram(counts, scale: scale)
  }

  private func printed(_ histogram: Histogram, _ format: OutputFormat) -> String {
    text { out in
      HistogramPrinter<UInt32>(
        format: format, unit: HistogramUnit("tasks", heading: "runqlen"), columns: [],
        heading: { _ in [] }, showsPercentiles: false, showsAverage: false, timeFormat: .utc,
        clock: testClock(), out: out
      ).print(KeyedHistogram(key: nil, label: [], histogram: histogram), time: 100_000_000_000)
    }
  }

  @Test("powers begin at 0 and end at the last that is not empty")
  func powers() {
    // 0, 5 and 6 twice.
    let powers = histogram([0: 1, 5: 1, 6: 2], scale: .powers, max: 6)
    #expect(
      powers.bars == [
        .init(low: 0, high: 1, count: 1), .init(low: 2, high: 3, count: 0),
        .init(low: 4, high: 7, count: 3),
      ])
    #expect(powers.count(from: 4) == 3)
    #expect(powers.max == 6)
  }

  @Test("steps begin at the first and end at the last that are not empty")
  func steps() {
    let steps = histogram([3: 5, 5: 2], scale: .linear(step: 10), max: 57, sum: 262)
    #expect(
      steps.bars == [
        .init(low: 30, high: 39, count: 5), .init(low: 40, high: 49, count: 0),
        .init(low: 50, high: 59, count: 2),
      ])
    #expect(steps.count(from: 40) == 2)
    #expect(steps.average == 37)
    #expect(histogram([:], scale: .linear(step: 1)).bars.isEmpty)
  }

  @Test("the last step has all beyond")
  func lastStep() {
    let last = Int(HISTOGRAM_BUCKETS) - 1
    let steps = histogram([last: 4], scale: .linear(step: 1), max: 5000)
    #expect(steps.bars == [.init(low: UInt64(last), high: 5000, count: 4)])
    #expect(steps.percentile(1) == 5000)
  }

  @Test("percentiles of steps of one are values that there were")
  func percentiles() {
    let steps = histogram([1: 50, 3: 40, 7: 10], scale: .linear(step: 1), max: 7)
    #expect(
      [0.01, 0.5, 0.51, 0.9, 0.99, 1].map(steps.percentile) == [1, 1, 3, 3, 7, 7])
  }

  @Test("the least value is that of the programs, or of the first bucket")
  func least() {
    var counts = Wire.histogram()
    counts.max = 700
    counts.min_inverted = ~600
    withUnsafeMutableBytes(of: &counts.buckets) { bytes in
      bytes.storeBytes(of: 2, toByteOffset: 32 * 8, as: UInt64.self)
    }
    // 512 to 639.
    #expect(Histogram(counts).min == 600)
    counts.min_inverted = 0
    #expect(Histogram(counts).min == 639)
    #expect(Histogram().min == 0)
  }

  @Test("a table of steps has one value per line, JSON both ends")
  func formats() {
    let steps = histogram([0: 20, 2: 10], scale: .linear(step: 1), max: 2, sum: 20)
    #expect(
      printed(steps, .table) == """
             runqlen       : count     distribution
                0          : 20       |****************************************|
                1          : 0        |                                        |
                2          : 10       |********************                    |

        """)
    #expect(
      printed(steps, .csv).split(separator: "\n").map { $0.split(separator: ",").dropFirst() }
        == [["tasks", "0", "0", "20"], ["tasks", "1", "1", "0"], ["tasks", "2", "2", "10"]])
    #expect(printed(steps, .json).contains(#""buckets":[{"low":0,"high":0,"count":20},"#))
  }
}
