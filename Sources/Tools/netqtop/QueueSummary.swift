import BPFObjects
import TraceKit

/// What went through a queue in an interval, or through all queues of a direction.
struct QueueRow: SummaryRow {
  let isReceived: Bool
  /// Nil: all of them.
  let queue: UInt32?
  var totals = netqtop_totals()
  /// The end of the interval, on the kernel's clock, and its length.
  let time: UInt64
  let nanoseconds: UInt64

  var count: UInt64 { queue == nil ? 0 : totals.packets }
}

extension netqtop_totals {
  func count(ofSize index: Int) -> UInt64 {
    withUnsafeBytes(of: sizes) { $0.bindMemory(to: UInt64.self)[index] }
  }

  mutating func add(_ other: Self) {
    packets += other.packets
    segments += other.segments
    bytes += other.bytes
    let more = (0..<Int(NETQTOP_SIZES)).map(other.count)
    withUnsafeMutableBytes(of: &sizes) { bytes in
      let sizes = bytes.bindMemory(to: UInt64.self)
      for (index, count) in more.enumerated() { sizes[index] += count }
    }
  }
}

/// The queues of a device in their order, idle ones too where they are known.
final class QueueSummary: SummarySource {
  private let totals: TotalsSummary<netqtop_key, netqtop_totals>
  private let queues: (transmit: Int, receive: Int)
  private let isTotaled: Bool
  private var before: UInt64?

  /// - Parameters:
  ///   - queues: how many queues there are at least.
  ///   - isTotaled: whether a row of all follows those of each direction.
  init(
    _ session: Session, queues: (transmit: Int, receive: Int), isTotaled: Bool
  ) throws(BPFError) {
    totals = try TotalsSummary(session) { $0.packets }
    self.queues = queues
    self.isTotaled = isTotaled
  }

  func take() throws -> [QueueRow] {
    let found = try totals.take()
    let now = EventClock.now
    let length = now - (before ?? begun)
    before = now
    return [false, true].flatMap { isReceived -> [QueueRow] in
      var rows: [UInt32: QueueRow] = [:]
      func row(_ queue: UInt32?) -> QueueRow {
        QueueRow(isReceived: isReceived, queue: queue, time: now, nanoseconds: length)
      }
      for queue in 0..<UInt32(isReceived ? queues.receive : queues.transmit) {
        rows[queue] = row(queue)
      }
      var total = row(nil)
      for entry in found where (entry.key.direction == NETQTOP_RECEIVE) == isReceived {
        rows[entry.key.queue, default: row(entry.key.queue)].totals.add(entry.totals)
        total.totals.add(entry.totals)
      }
      let sorted = rows.keys.sorted().compactMap { rows[$0] }
      return isTotaled ? sorted + [total] : sorted
    }
  }

  private let begun = EventClock.now

  func stop() { totals.stop() }

  func ledger() throws -> Ledger { try totals.ledger() }
}
