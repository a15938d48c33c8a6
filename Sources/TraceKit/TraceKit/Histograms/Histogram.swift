public import Wire

/// Which values share a bucket.
public enum HistogramScale: Equatable, Sendable {
  /// Four buckets to each power of two, which are shown as one.
  case powers
  /// A bucket to each step; the last one also has all beyond.
  case linear(step: UInt64)

  /// The least value of a bucket; beyond the last one, the end of all.
  func low(of bucket: Int) -> UInt64 {
    switch self {
    case .powers:
      guard bucket >= 4 else { return UInt64(bucket) }
      let bit = bucket / 4 + 1
      return UInt64(4 + bucket % 4) << UInt64(bit - 2)
    case .linear(let step): return UInt64(bucket) * step
    }
  }

  /// The bucket of a value, as the programs choose it.
  func bucket(of value: UInt64) -> Int {
    let last = Int(HISTOGRAM_BUCKETS) - 1
    switch self {
    case .powers:
      guard value >= 4 else { return Int(value) }
      let bit = 63 - value.leadingZeroBitCount
      return min(last, (bit - 1) * 4 + Int(value >> UInt64(bit - 2) & 3))
    case .linear(let step): return Int(min(value / step, UInt64(last)))
    }
  }
}

/// A distribution of whole numbers, as the programs keep it.
public struct Histogram: Equatable, Sendable {
  public let scale: HistogramScale
  public private(set) var count: UInt64 = 0
  public private(set) var sum: UInt64 = 0
  private var greatest: UInt64 = 0
  private var least = UInt64.max
  /// How many values lie in each bucket.
  private(set) var buckets = [UInt64](repeating: 0, count: Int(HISTOGRAM_BUCKETS))

  public init(scale: HistogramScale = .powers) {
    self.scale = scale
  }

  public init(_ counts: histogram, scale: HistogramScale = .powers) {
    self.scale = scale
    add(counts)
  }

  /// The sum, the greatest and the least value, as they were counted.
  var counted: (sum: UInt64, greatest: UInt64, least: UInt64) { (sum, greatest, least) }

  /// One that was recorded; nil where no program counts so much.
  ///
  /// - Parameter buckets: those that are not empty.
  init?(
    counted: (sum: UInt64, greatest: UInt64, least: UInt64),
    buckets counts: [(bucket: Int, count: UInt64)], scale: HistogramScale
  ) {
    let most: UInt64 = 1 << 48
    if case .linear(let step) = scale, step > most { return nil }
    self.scale = scale
    sum = counted.sum
    greatest = Swift.min(counted.greatest, 1 << 62)
    least = counted.least
    for (bucket, inside) in counts {
      guard buckets.indices.contains(bucket), inside <= most else { return nil }
      buckets[bucket] = inside
    }
    count = buckets.reduce(0, +)
  }

  /// Adds what another CPU counted.
  mutating func add(_ other: histogram) {
    sum += other.sum
    greatest = Swift.max(greatest, other.max)
    least = Swift.min(least, ~other.min_inverted)
    withUnsafeBytes(of: other.buckets) { bytes in
      for (index, value) in bytes.bindMemory(to: UInt64.self).enumerated() {
        buckets[index] += value
        count += value
      }
    }
  }

  /// The greatest value. Two CPUs that write at once may leave too small a one
  /// behind, so it is held against the last bucket that is not empty.
  public var max: UInt64 {
    guard let last = buckets.lastIndex(where: { $0 > 0 }) else { return 0 }
    return Swift.max(greatest, scale.low(of: last))
  }

  /// The least value, with the same care.
  public var min: UInt64 {
    guard let first = buckets.firstIndex(where: { $0 > 0 }) else { return 0 }
    let end = first == buckets.count - 1 ? max : scale.low(of: first + 1) - 1
    return Swift.min(least, end)
  }

  public var average: UInt64 { count > 0 ? sum / count : 0 }

  /// How many values lie in buckets from a value on.
  public func count(from low: UInt64) -> UInt64 {
    buckets.indices.reduce(0) { scale.low(of: $1) >= low ? $0 + buckets[$1] : $0 }
  }

  /// The value below or at which a part of all lies, exact to an eighth on the scale of
  /// powers, and to a step on a linear one.
  ///
  /// - Parameter part: from 0 to 1.
  public func percentile(_ part: Double) -> UInt64 {
    let rank = part * Double(count)
    var below = 0.0
    for (bucket, inside) in buckets.enumerated() where inside > 0 {
      if below + Double(inside) >= rank {
        let low = scale.low(of: bucket)
        let high = bucket == buckets.count - 1 ? max + 1 : scale.low(of: bucket + 1)
        guard high > low + 1 else { return low }
        let value = Double(low) + Double(high - low) * (rank - below) / Double(inside)
        return Swift.min(UInt64(value), max)
      }
      below += Double(inside)
    }
    return max
  }

  /// What is shown as one bar: a power of two, or a step.
  public struct Bar: Equatable, Sendable {
    public let low: UInt64
    public let high: UInt64
    public let count: UInt64
  }

  /// The distribution to the last bar that is not empty: from 0 by powers of two, or from
  /// the first step that is not empty.
  public var bars: [Bar] {
    guard let first = buckets.firstIndex(where: { $0 > 0 }),
      let last = buckets.lastIndex(where: { $0 > 0 })
    else { return [] }
    switch scale {
    case .powers:
      return (0...Self.power(of: last)).map { power in
        let count = buckets.indices.reduce(0) { sum, bucket in
          Self.power(of: bucket) == power ? sum + buckets[bucket] : sum
        }
        return Bar(low: power == 0 ? 0 : 1 << power, high: (2 << power) - 1, count: count)
      }
    case .linear(let step):
      return (first...last).map { bucket in
        let low = scale.low(of: bucket)
        let isEnd = bucket == buckets.count - 1
        return Bar(low: low, high: isEnd ? max : low + step - 1, count: buckets[bucket])
      }
    }
  }

  private static func power(of bucket: Int) -> UInt64 {
    bucket < 4 ? UInt64(bucket) / 2 : UInt64(bucket / 4 + 1)
  }
}
