/// The totals of one key as a row of a summary.
public struct SummaryTotals<Key, Totals>: SummaryRow {
  public let key: Key
  public let totals: Totals
  public let count: UInt64
  /// When they were taken out, on the kernel's clock.
  public let time: UInt64
}

/// The totals of a session whose object was made with `lib/totals.bpf.h`, the greatest
/// first.
public final class TotalsSummary<Key: BitwiseCopyable, Totals: BitwiseCopyable>: SummarySource {
  private let totals: TotalsReader<Key, Totals>
  private let events: (Totals) -> UInt64
  private let size: (Totals) -> UInt64
  private let limit: Int
  /// Whether the greatest come last, next to the prompt.
  private let greatestLast: Bool
  public private(set) var leftOut: UInt64 = 0

  /// - Parameters:
  ///   - numbers: where the totals stand by numbers, which these are; nil: by keys.
  ///   - size: what makes totals great; nil: their events.
  ///   - limit: how many are told, the greatest.
  ///   - greatestLast: whether these come last.
  ///   - merge: puts together what is one row.
  ///   - events: how many events totals stand for.
  public init(
    _ session: Session, numbers: TotalsNumbers<Key>? = nil,
    by size: ((Totals) -> UInt64)? = nil, limit: Int = .max,
    greatestLast: Bool = false,
    merge: @escaping ([(key: Key, value: Totals)]) -> [(key: Key, value: Totals)] = { $0 },
    events: @escaping (Totals) -> UInt64
  ) throws(BPFError) {
    totals = try TotalsReader(session, numbers: numbers, events: events, merge: merge)
    self.events = events
    self.size = size ?? events
    self.limit = limit
    self.greatestLast = greatestLast
  }

  public func take() throws -> [SummaryTotals<Key, Totals>] {
    let time = EventClock.now
    let rows = try totals.take().map { key, value in
      SummaryTotals(key: key, totals: value, count: events(value), time: time)
    }
    let sorted = rows.sorted {
      (size($0.totals), $0.count) > (size($1.totals), $1.count)
    }
    leftOut = sorted.dropFirst(limit).reduce(0) { $0 + $1.count }
    return greatestLast ? sorted.prefix(limit).reversed() : Array(sorted.prefix(limit))
  }

  public func stop() { totals.stop() }

  public func ledger() throws -> Ledger { try totals.ledger() }
}
