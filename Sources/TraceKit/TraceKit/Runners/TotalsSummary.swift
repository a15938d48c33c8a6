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

  /// - Parameters:
  ///   - size: what makes totals great; nil: their events.
  ///   - merge: puts together what is one row.
  ///   - events: how many events totals stand for.
  public init(
    _ session: Session, by size: ((Totals) -> UInt64)? = nil,
    merge: @escaping ([(key: Key, value: Totals)]) -> [(key: Key, value: Totals)] = { $0 },
    events: @escaping (Totals) -> UInt64
  ) throws(BPFError) {
    totals = try TotalsReader(session, events: events, merge: merge)
    self.events = events
    self.size = size ?? events
  }

  public func take() throws -> [SummaryTotals<Key, Totals>] {
    let time = EventClock.now
    let rows = try totals.take().map { key, value in
      SummaryTotals(key: key, totals: value, count: events(value), time: time)
    }
    return rows.sorted { size($0.totals) > size($1.totals) }
  }

  public func stop() { totals.stop() }

  public func ledger() throws -> Ledger { try totals.ledger() }
}
