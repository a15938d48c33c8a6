import BPFObjects
import TraceKit

/// The waits or the holds of a caller or a thread.
struct LockTimesRow: SummaryRow {
  enum Side: String, CaseIterable { case wait, hold }

  let side: Side
  let key: lock_times_key
  /// Those of the caller, innermost first.
  let frames: [Frame]
  /// The same with the offset in each function.
  let places: [String]
  var times = lock_times()
  /// How many of them are new since the last summary.
  var count: UInt64 = 0
  var time: UInt64 = 0
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
