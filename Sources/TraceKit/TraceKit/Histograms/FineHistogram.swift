import Wire

/// A distribution of whole numbers whose percentiles are true to one in a hundred.
public struct FineHistogram: Equatable, Sendable {
  public private(set) var count: UInt64 = 0
  private var greatest: UInt64 = 0
  private var buckets = [UInt64](repeating: 0, count: Int(FINE_BUCKETS))

  private static let perPower = 1 << Int(FINE_BITS)

  public init() {}

  /// - Parameters:
  ///   - buckets: how many values lie in each bucket.
  ///   - greatest: the greatest value, or a smaller one where two CPUs wrote at once.
  init(buckets: [UInt64], greatest: UInt64) {
    precondition(buckets.count == Int(FINE_BUCKETS))
    self.buckets = buckets
    self.greatest = greatest
    count = buckets.reduce(0, +)
  }

  /// Adds what was counted in another interval.
  public mutating func add(_ other: FineHistogram) {
    for (bucket, inside) in other.buckets.enumerated() where inside > 0 {
      buckets[bucket] += inside
    }
    count += other.count
    greatest = Swift.max(greatest, other.greatest)
  }

  /// The least value of a bucket.
  static func low(of bucket: Int) -> UInt64 {
    guard bucket >= perPower else { return UInt64(bucket) }
    return UInt64(perPower + bucket % perPower) << UInt64(bucket / perPower - 1)
  }

  public var max: UInt64 {
    guard let last = buckets.lastIndex(where: { $0 > 0 }) else { return 0 }
    return Swift.max(greatest, Self.low(of: last))
  }

  /// The least value that is not less than so many percent of all; nil where there is none.
  ///
  /// It is the middle of its bucket, or the greatest value, which is known.
  public func percentile(_ percent: Double) -> UInt64? {
    guard count > 0 else { return nil }
    let rank = Swift.max(1, (percent * Double(count) / 100).rounded(.up))
    guard rank < Double(count) else { return max }
    var below: UInt64 = 0
    for (bucket, inside) in buckets.enumerated() {
      below += inside
      guard Double(below) < rank else {
        let low = Self.low(of: bucket)
        return Swift.min(low + (Self.low(of: bucket + 1) - low) / 2, max)
      }
    }
    return max
  }
}

/// The distributions of a session whose object was made with `lib/fine_histogram.bpf.h`.
public struct FineHistogramReader {
  private let account: KernelAccount
  private let sets: AlternateSets
  private let slots: SharedArray<UInt64>
  private let histograms: Int

  private static let slotsEach = Int(FINE_BUCKETS) + 1

  public init(_ session: Session) throws(BPFError) {
    account = try KernelAccount(session)
    sets = try AlternateSets("fine_set", in: session.object)
    slots = try SharedArray("fine_histograms", in: session.object)
    histograms = slots.count / 2 / Self.slotsEach
  }

  /// Takes out what was counted since the last time, in the order of the programs.
  public func take() -> [FineHistogram] {
    let full = Int(sets.turn(whileOpen: account.isOpen))
    return (0..<histograms).map { number in
      let first = (full * histograms + number) * Self.slotsEach
      let values = (0..<Self.slotsEach).map { slot in
        let value = slots[first + slot]
        if value != 0 { slots[first + slot] = 0 }
        return value
      }
      return FineHistogram(buckets: Array(values.dropLast()), greatest: values.last ?? 0)
    }
  }

  public func stop() { account.stop() }

  /// Without what stands in the histograms.
  public func ledger() throws -> Ledger { try account.ledger() }
}
