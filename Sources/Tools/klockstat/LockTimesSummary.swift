import BPFObjects
import TraceKit

/// Waits and holds by caller, since the start or since the last summary.
final class LockTimesSummary: SummarySource {
  private let totals: StackTotalsReader<lock_times_key, lock_totals>
  private let choice: LockTimesChoice
  private var sums: [Key: [LockTimesRow.Side: LockTimesRow]] = [:]
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
    _ totals: StackTotalsReader<lock_times_key, lock_totals>, options choice: LockTimesChoice
  ) {
    self.totals = totals
    self.choice = choice
  }

  func take() throws -> [LockTimesRow] {
    let time = EventClock.now
    if choice.isReset { sums = [:] }
    for key in sums.keys {
      for side in LockTimesRow.Side.allCases { sums[key]?[side]?.count = 0 }
    }
    for entry in try totals.take() { add(entry, time) }
    leftOut = 0
    return LockTimesRow.Side.allCases.flatMap { rows(of: $0, time) }
  }

  private func add(
    _ entry: StackTotalsReader<lock_times_key, lock_totals>.Entry, _ time: UInt64
  ) {
    let frames = KernelLockNames.caller(of: entry.frames, choice.frames)
    if let caller = choice.caller, let name = frames.first?.name, !name.hasPrefix(caller),
      // Where the kernel hides its functions, any may be meant.
      !name.hasPrefix("0x")
    {
      return
    }
    let key = Key(tid: entry.key.tid, kind: entry.key.kind, addresses: frames.map(\.address))
    for (side, times) in [(LockTimesRow.Side.wait, entry.totals.wait), (.hold, entry.totals.hold)]
    where times.count > 0 {
      taken += times.count
      guard sums[key] != nil || sums.count < Self.room else {
        notKept += times.count
        leftOut += times.count
        continue
      }
      sums[key, default: [:]][
        side,
        default: LockTimesRow(
          side: side, key: entry.key, frames: frames, places: frames.map(totals.place))
      ].add(times)
    }
  }

  private func rows(of side: LockTimesRow.Side, _ time: UInt64) -> [LockTimesRow] {
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
