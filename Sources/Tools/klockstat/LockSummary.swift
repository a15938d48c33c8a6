import BPFObjects
import TraceKit

/// The waits or the holds of a caller or a thread.
struct LockRow: SummaryRow {
  enum Side: String, CaseIterable { case wait, hold }

  let side: Side
  let key: klockstat_key
  /// Those of the caller, innermost first.
  let frames: [Frame]
  /// The same with the offset in each function.
  let places: [String]
  var times = klockstat_times()
  /// How many of them are new since the last summary.
  var count: UInt64 = 0
  var time: UInt64 = 0
}

/// Waits and holds by caller, since the start or since the last summary.
final class LockSummary: SummarySource {
  private let totals: StackTotalsReader<klockstat_key, klockstat_totals>
  private let choice: LockChoice
  private var sums: [Key: [LockRow.Side: LockRow]] = [:]
  private var taken: UInt64 = 0
  private var notKept: UInt64 = 0
  private(set) var leftOut: UInt64 = 0

  /// What one row is of.
  private struct Key: Hashable {
    let tid: UInt32
    let kind: UInt32
    let addresses: [UInt64]
  }

  /// Threads end and others begin.
  private static let room = 1 << 18

  init(
    _ totals: StackTotalsReader<klockstat_key, klockstat_totals>, options choice: LockChoice
  ) {
    self.totals = totals
    self.choice = choice
  }

  func take() throws -> [LockRow] {
    let time = EventClock.now
    if choice.isReset { sums = [:] }
    for key in sums.keys {
      for side in LockRow.Side.allCases { sums[key]?[side]?.count = 0 }
    }
    for entry in try totals.take() { add(entry, time) }
    leftOut = 0
    return LockRow.Side.allCases.flatMap { rows(of: $0, time) }
  }

  private func add(
    _ entry: StackTotalsReader<klockstat_key, klockstat_totals>.Entry, _ time: UInt64
  ) {
    let frames = LockNames.caller(of: entry.frames, choice.frames)
    if let caller = choice.caller, let name = frames.first?.name, !name.hasPrefix(caller),
      // Where the kernel hides its functions, any may be meant.
      !name.hasPrefix("0x")
    {
      return
    }
    let key = Key(tid: entry.key.tid, kind: entry.key.kind, addresses: frames.map(\.address))
    for (side, times) in [(LockRow.Side.wait, entry.totals.wait), (.hold, entry.totals.hold)]
    where times.count > 0 {
      taken += times.count
      guard sums[key] != nil || sums.count < Self.room else {
        notKept += times.count
        leftOut += times.count
        continue
      }
      sums[key, default: [:]][
        side,
        default: LockRow(
          side: side, key: entry.key, frames: frames, places: frames.map(totals.place))
      ].add(times)
    }
  }

  private func rows(of side: LockRow.Side, _ time: UInt64) -> [LockRow] {
    let field = side == .wait ? choice.order.wait : choice.order.hold
    var rows = sums.values.compactMap { $0[side] }
    rows.sort { field.value($0.times) > field.value($1.times) }
    for row in rows.dropFirst(choice.most) { leftOut += row.count }
    return rows.prefix(choice.most).map { row in
      var row = row
      row.time = time
      return row
    }
  }

  func stop() { totals.stop() }

  func ledger() throws -> Ledger {
    var ledger = try totals.ledger()
    ledger.seen += taken
    ledger.mapFull += notKept
    return ledger
  }
}

extension LockRow {
  fileprivate mutating func add(_ other: klockstat_times) {
    let isLonger = other.max_ns >= times.max_ns
    let sum = (times.count + other.count, times.total_ns + other.total_ns)
    if isLonger { times = other }
    (times.count, times.total_ns) = sum
    count += other.count
  }
}

/// What locks, their kinds and those that acquire them are called.
enum LockNames {
  static let variables = KernelVariables()

  static func address(of lock: String) throws -> UInt64 {
    if let address = variables.address(of: lock) { return address }
    guard lock.hasPrefix("0x"), let address = UInt64(lock.dropFirst(2), radix: 16), address > 0
    else {
      throw ToolError(
        .usage, "--lock: the kernel names no variable '\(lock)'; give its address, as in 0xffff...")
    }
    return address
  }

  static func kind(_ bits: UInt32) -> String {
    let bits = Int32(bits)
    let way = bits & LOCK_READ != 0 ? "-read" : bits & LOCK_WRITE != 0 ? "-write" : ""
    if bits & LOCK_MUTEX != 0 { return "mutex" }
    if bits & LOCK_PERCPU != 0 { return "percpu-rwsem" + way }
    if bits & LOCK_RT != 0 { return way.isEmpty ? "rt-mutex" : "rt-rwlock" + way }
    if bits & LOCK_SPINS != 0 { return way.isEmpty ? "spinlock" : "rwlock" + way }
    return way.isEmpty ? "semaphore" : "rwsem" + way
  }

  /// How the functions begin that acquire locks for others.
  private static let functions = [
    "mutex_", "_mutex_", "__mutex_", "ww_mutex_", "__ww_mutex_", "down_", "_down_", "__down_",
    "___down_", "rwsem_", "percpu_down_", "__percpu_down_", "rt_mutex_", "__rt_mutex_", "rtlock_",
    "rt_spin_", "_raw_", "__raw_", "do_raw_", "queued_", "native_queued_", "__pv_queued_",
  ]

  private static func acquires(_ frame: Frame) -> Bool {
    frame.name == "down" || functions.contains { frame.name.hasPrefix($0) }
  }

  /// Where a program is at a function, so many frames at most are between them. They are made
  /// at run time, and not all kernels name them.
  private static let mostOfTracer = 4

  /// The frames from the one on that asked for the lock.
  static func caller(of frames: [Frame], _ count: Int) -> [Frame] {
    let start = frames.prefix(mostOfTracer).firstIndex(where: acquires) ?? 0
    let found = frames[start...].drop(while: acquires)
    return Array((found.isEmpty ? frames.suffix(1) : found).prefix(count))
  }
}
