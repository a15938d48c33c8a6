import Glibc

/// What the events of some CPUs come by.
protocol EventRing: AnyObject {
  var isEmpty: Bool { get }
  /// Whether what waits in it takes half its room.
  var isHalfFull: Bool { get }
  /// Passes the available events on and forgets them, until `body` returns false.
  func drain(limit: Int, _ body: (RawSpan) throws -> Bool) throws -> Int
}

extension RingBuffer: EventRing {}

/// Joins the events of several ring buffers in the order of their times.
///
/// An event may be shown when all earlier ones are here. A program counts an event, takes its
/// time, and writes it, all on one CPU. So the reader notes the time, then how many events each
/// CPU has counted, and then takes what the ring buffers hold. Once it has so many of each CPU,
/// none can come that is earlier than the noted time, however long a program was interrupted
/// between its steps.
///
/// Later events are shown earlier than another only where
/// - a program interrupts another on its CPU between these steps,
/// - a program takes the time before it counts, or at another occasion, such as the start of
///   what it reports, or counts for another CPU than it reports: then only CPUs that have a
///   ring buffer of their own are told apart,
/// - a program is interrupted for more than a second, or while so many events come that ring
///   buffers are half full.
///
/// None is lost: an event that comes late is shown when it comes.
final class EventMerge<Ring: EventRing> {
  private let rings: [Ring]
  private let queues: [EventQueue]
  // The check of exclusive access would be made for each event.
  @exclusivity(unchecked) private var arrivals: EventArrivals
  /// Up to this time events may be shown.
  @exclusivity(unchecked) private var due: UInt64 = 0
  /// When events were counted, and how many by each CPU.
  private var look: (time: UInt64, begun: [UInt64])?
  private var patience = EventMerge.mostPatience
  private let now: () -> UInt64
  private let begun: () throws -> [UInt64]

  /// An event that was counted and has not come after this time, in nanoseconds, is not waited
  /// for; the next only for half as long, since a program may count what it does not write.
  private static var mostPatience: UInt64 { 1_000_000_000 }
  private static var leastPatience: UInt64 { 4_000_000 }
  /// How often a look is repeated, after 16 microseconds and then twice the time before.
  private static var pauses: Int { 8 }

  /// - Parameters:
  ///   - now: the time on the clock of the events.
  ///   - begun: how many events each CPU has counted that its ring buffer, the one of its number
  ///     modulo theirs, has had or will have.
  init(
    _ rings: [Ring], now: @escaping () -> UInt64, begun: @escaping () throws -> [UInt64]
  ) {
    self.rings = rings
    queues = rings.map { _ in EventQueue() }
    arrivals = EventArrivals(rings: rings.count)
    self.now = now
    self.begun = begun
  }

  /// Whether nothing waits, here or in a ring buffer.
  var isEmpty: Bool { rings.allSatisfy(\.isEmpty) && hasShownAll }

  private var hasShownAll: Bool { queues.allSatisfy(\.isEmpty) }

  /// Passes the events on that may be shown, until `body` returns false.
  ///
  /// - Parameter isLast: no program writes any more.
  /// - Returns: how many.
  func drain(isLast: Bool, _ body: (RawSpan) throws -> Bool) throws -> Int {
    var count = 0
    guard try show(&count, body) else { return count }
    var pause = 0
    while !isEmpty {
      let isFull = try collect(isLast: isLast)
      guard try show(&count, body) else { return count }
      if isFull { continue }
      // A program has counted an event and not yet written it.
      guard count == 0, pause < Self.pauses else { return count }
      if pause > 0 { usleep(8 << UInt32(pause)) }
      pause += 1
    }
    return count
  }

  /// - Returns: whether more can be taken once what is due was shown.
  private func collect(isLast: Bool) throws -> Bool {
    if look == nil, !isLast {
      let time = now(), begun = try begun()
      arrivals.check(begun)
      look = (time, begun)
    }
    var full: UInt64?
    var isHalfFull = false
    for (index, ring) in rings.enumerated() {
      let queue = queues[index]
      queue.makeRoom()
      if !queue.isFull {
        _ = try ring.drain(limit: .max) { event in
          queue.add(event)
          arrivals.add(event, from: index)
          return !queue.isFull
        }
      }
      arrivals.isEmptied[index] = !queue.isFull
      guard queue.isFull, let latest = queue.latest else { continue }
      full = min(full ?? .max, latest)
      isHalfFull = isHalfFull || ring.isHalfFull
    }
    if isLast {
      due = max(due, full ?? .max)
      return full != nil
    }
    try settle(hasAll: full == nil)
    guard let full else { return false }
    guard let (time, begun) = look else { return true }
    if !isHalfFull, !isOverdue(time), arrivals.areMissing(of: begun, onlyEmptied: true) {
      return false
    }
    // What follows in a ring buffer is later, but for what was interrupted; and of what is
    // written while they are read one after the other, a part is missed.
    due = max(due, min(full, time))
    look = nil
    return true
  }

  /// - Parameter hasAll: the ring buffers were empty.
  private func settle(hasAll: Bool) throws {
    guard let (time, begun) = look else { return }
    if hasAll, arrivals.areMissing(of: begun) { arrivals.check(try self.begun()) }
    if !arrivals.areMissing(of: begun) {
      patience = min(2 * patience, Self.mostPatience)
    } else {
      guard hasAll, isOverdue(time) else { return }
      patience = max(patience / 2, Self.leastPatience)
      arrivals.giveUp(begun)
    }
    due = max(due, time)
    look = nil
  }

  private func isOverdue(_ time: UInt64) -> Bool { now() - time > patience }

  /// - Returns: whether `body` wants more.
  private func show(_ count: inout Int, _ body: (RawSpan) throws -> Bool) throws -> Bool {
    while let (index, end) = earliest() {
      // As long as no other has an earlier one.
      guard try queues[index].take(upTo: end, &count, body) else { return false }
    }
    return true
  }

  /// The queue with the earliest event that is due, and up to which time it is first.
  private func earliest() -> (index: Int, end: UInt64)? {
    var (first, time, other) = (-1, UInt64.max, UInt64.max)
    for index in queues.indices {
      let next = queues[index].next
      if next < time {
        (first, time, other) = (index, next, time)
      } else {
        other = min(other, next)
      }
    }
    return first >= 0 && time <= due ? (first, min(other, due)) : nil
  }
}
