public import Wire

/// The waits or the holds of a caller or a thread.
public struct LockTimesRow: SummaryRow {
  public enum Side: String, CaseIterable { case wait, hold }

  public let side: Side
  public let key: lock_times_key
  /// Those of the caller, innermost first.
  public let frames: [Frame]
  /// The same with the offset in each function.
  public let places: [String]
  public var times = lock_times()
  /// How many of them are new since the last summary.
  public var count: UInt64 = 0
  public var time: UInt64 = 0
}

extension LockTimesRow {
  mutating func add(_ other: lock_times) {
    let isLonger = other.max_ns >= times.max_ns
    let sum = (times.count + other.count, times.total_ns + other.total_ns)
    if isLonger { times = other }
    (times.count, times.total_ns) = sum
    count += other.count
  }
}
