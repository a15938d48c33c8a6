import Testing
import Wire

@testable import TraceKit

struct FineHistogramTests {
  /// As a program counts.
  private static func bucket(of value: UInt64) -> Int {
    guard value >= 128 else { return Int(value) }
    let bit = 63 - value.leadingZeroBitCount
    guard bit < 40 else { return Int(FINE_BUCKETS) - 1 }
    return (bit - 6) << 7 + Int(value >> UInt64(bit - 7)) & 127
  }

  private func histogram(_ values: [UInt64]) -> FineHistogram {
    var buckets = [UInt64](repeating: 0, count: Int(FINE_BUCKETS))
    for value in values { buckets[Self.bucket(of: value)] += 1 }
    return FineHistogram(buckets: buckets, greatest: values.max() ?? 0)
  }

  @Test("a bucket begins where the one before it ends")
  func bounds() {
    for bucket in 0..<Int(FINE_BUCKETS) {
      let low = FineHistogram.low(of: bucket)
      #expect(Self.bucket(of: low) == bucket)
      #expect(bucket == 0 || Self.bucket(of: low - 1) == bucket - 1)
    }
  }

  @Test("percentiles are true to one in a hundred")
  func percentiles() {
    var value = 3.0
    let values = (0..<2000).map { _ in
      value *= 1.013
      return UInt64(value)
    }
    let found = histogram(values.shuffled())
    #expect(found.count == 2000)
    for percent in [0, 0.1, 1, 10, 33.3, 50, 90, 99, 99.9, 99.95, 100] {
      let rank = max(1, Int((percent * 20).rounded(.up)))
      let (exact, found) = (Double(values[rank - 1]), Double(found.percentile(percent) ?? 0))
      #expect(abs(found - exact) <= exact / 100, "p\(percent): \(found), not \(exact)")
    }
  }

  @Test("small values and the greatest one are exact")
  func exact() {
    let found = histogram([7, 7, 90, 123_456_789])
    #expect(
      [1, 50, 51, 75, 76, 100].map(found.percentile) == [7, 7, 90, 90, 123_456_789, 123_456_789])
    #expect(found.max == 123_456_789)
    #expect(histogram([41]).percentile(0) == 41)
    #expect(histogram([]).percentile(50) == nil && histogram([]).max == 0)
  }

  @Test("a greatest value that a race left too small is held against the buckets")
  func race() {
    var buckets = [UInt64](repeating: 0, count: Int(FINE_BUCKETS))
    buckets[Self.bucket(of: 1000)] = 2
    #expect(FineHistogram(buckets: buckets, greatest: 5).percentile(100) == 1000)
  }

  @Test("what is beyond the last bucket is there, and intervals add up")
  func sum() {
    var sum = histogram([5, 1 << 50])
    sum.add(histogram([5, 6]))
    #expect(sum.count == 4 && sum.max == 1 << 50)
    #expect(sum.percentile(50) == 5 && sum.percentile(75) == 6)
  }

  @Test("a time has at most five places in a table")
  func briefTimes() {
    let times: [(UInt64, String)] = [
      (400, "0us"), (999_499, "999us"), (999_500, "1.0ms"), (9_949_999, "9.9ms"),
      (9_950_000, "10ms"), (999_499_999, "999ms"), (999_500_000, "1.0s"), (12_340_000_000, "12.3s"),
      (99_949_999_999, "99.9s"), (1_099_511_627_775, "1100s"),
    ]
    for (nanoseconds, words) in times {
      let found = cell(.table) { $0.briefTime(nanoseconds: nanoseconds) }
      #expect(found == Array(words.utf8))
    }
  }
}
