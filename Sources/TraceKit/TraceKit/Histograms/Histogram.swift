public import Wire

/// A distribution of whole numbers, as the programs keep it: four buckets to
/// each power of two.
public struct Histogram: Equatable, Sendable {
  public private(set) var count: UInt64 = 0
  public private(set) var sum: UInt64 = 0
  private var greatest: UInt64 = 0
  /// How many values lie in each bucket.
  private var buckets = [UInt64](repeating: 0, count: Int(HISTOGRAM_BUCKETS))

  public init() {}

  public init(_ counts: histogram) {
    add(counts)
  }

  /// Adds what another CPU counted.
  mutating func add(_ other: histogram) {
    sum += other.sum
    greatest = Swift.max(greatest, other.max)
    withUnsafeBytes(of: other.buckets) { bytes in
      for (index, value) in bytes.bindMemory(to: UInt64.self).enumerated() {
        buckets[index] += value
        count += value
      }
    }
  }

  /// The least value of a bucket; beyond the last one, the end of all.
  static func low(of bucket: Int) -> UInt64 {
    guard bucket >= 4 else { return UInt64(bucket) }
    let bit = bucket / 4 + 1
    return UInt64(4 + bucket % 4) << UInt64(bit - 2)
  }

  /// The greatest value. Two CPUs that write at once may leave too small a one
  /// behind, so it is held against the last bucket that is not empty.
  public var max: UInt64 {
    guard let last = buckets.lastIndex(where: { $0 > 0 }) else { return 0 }
    return Swift.max(greatest, Self.low(of: last))
  }

  public var average: UInt64 { count > 0 ? sum / count : 0 }

  /// The value below or at which a part of all lies, exact to an eighth.
  ///
  /// - Parameter part: from 0 to 1.
  public func percentile(_ part: Double) -> UInt64 {
    let rank = part * Double(count)
    var below = 0.0
    for (bucket, inside) in buckets.enumerated() where inside > 0 {
      if below + Double(inside) >= rank {
        let low = Double(Self.low(of: bucket))
        let high = Double(Swift.min(Self.low(of: bucket + 1), max + 1))
        let value = low + (high - low) * (rank - below) / Double(inside)
        return Swift.min(UInt64(value), max)
      }
      below += Double(inside)
    }
    return max
  }

  /// One power of two of the distribution.
  public struct Power: Equatable, Sendable {
    public let low: UInt64
    public let high: UInt64
    public let count: UInt64
  }

  /// The distribution by powers of two, from 0 to the last that is not empty.
  public var powers: [Power] {
    guard let last = buckets.lastIndex(where: { $0 > 0 }) else { return [] }
    return (0...Self.power(of: last)).map { power in
      let count = buckets.indices.reduce(0) { sum, bucket in
        Self.power(of: bucket) == power ? sum + buckets[bucket] : sum
      }
      return Power(low: power == 0 ? 0 : 1 << power, high: (2 << power) - 1, count: count)
    }
  }

  private static func power(of bucket: Int) -> UInt64 {
    bucket < 4 ? UInt64(bucket) / 2 : UInt64(bucket / 4 + 1)
  }
}
