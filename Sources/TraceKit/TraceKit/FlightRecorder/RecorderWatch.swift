import CLinux
import Glibc

/// The events that a recorder holds, and then those that come.
///
/// Programs that are pinned wake nobody, so the reader looks at a tick, and sooner while there
/// is something new.
final class RecorderWatch: EventSource {
  private struct Place {
    let time: UInt64
    let snapshot: RecorderSnapshot
    let index: Int
  }

  private let maps: RecorderMaps
  private let directory: PinDirectory
  private let number: UInt64?
  private let ticker: OwnedDescriptor
  private var marks: [[RecorderLane.Mark]]
  /// In the order of their times, those that were passed included.
  private var events: [Place] = []
  private var next = 0
  /// Before this one none is missing that a program still writes.
  private var settled = 0
  private var read: UInt64 = 0
  private let skipped: UInt64
  /// Before the watch began.
  private let overwritten: UInt64
  /// Since then: the reader has lost them.
  private var missed: UInt64 = 0
  private var foundSome = true
  private var isStopped = false
  /// Whether there is nothing more to look at.
  private var isOver = false

  private static let period: UInt32 = 100

  /// - Parameters:
  ///   - snapshot: the first of the recorder.
  ///   - time: events before it are not passed.
  /// - Throws: ``ToolError``.
  init(
    _ maps: RecorderMaps, in directory: PinDirectory, after snapshot: RecorderSnapshot,
    from time: UInt64
  ) throws {
    guard let ticker = OwnedDescriptor(linux_ticker(Self.period)) else {
      throw ToolError(.failure, "cannot make a timer: \(ErrorNumber.current)")
    }
    self.maps = maps
    self.directory = directory
    self.ticker = ticker
    number = directory.number
    marks = snapshot.marks
    overwritten = snapshot.overwritten
    let old = snapshot.count - snapshot.count(from: time)
    skipped = UInt64(old)
    read = skipped
    add(snapshot, from: old, settledBefore: snapshot.settled)
  }

  /// Whether the pin was ended meanwhile.
  var isPinGone: Bool { number == nil || directory.number != number }

  var descriptor: Int32? { ticker.number }
  var isExhausted: Bool { isOver && next == events.count }

  func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    if next == settled, isDue { look() }
    var count = 0
    while next < settled {
      let event = events[next]
      next += 1
      count += 1
      guard try event.snapshot.event(event.index, body) else { break }
    }
    return count
  }

  private var isDue: Bool {
    if isOver { return false }
    var ticks: UInt64 = 0
    let hasTicked = Glibc.read(ticker.number, &ticks, MemoryLayout<UInt64>.size) > 0
    return hasTicked || foundSome || isStopped
  }

  private func look() {
    let isLast = isStopped || isPinGone
    foundSome = false
    guard isLast || next < events.count || hasNews else { return }
    let snapshot = RecorderSnapshot(maps, after: marks)
    marks = snapshot.marks
    missed &+= snapshot.overwritten
    foundSome = snapshot.count > 0
    isOver = isLast
    add(snapshot, from: 0, settledBefore: isLast ? .max : snapshot.settled)
  }

  private var hasNews: Bool {
    zip(maps.lanes(), marks).contains { lanes, marks in
      zip(lanes, marks).contains { $0.count != $1.number }
    }
  }

  private func add(_ snapshot: RecorderSnapshot, from first: Int, settledBefore time: UInt64) {
    events.removeFirst(next)
    next = 0
    for index in first..<snapshot.count {
      events.append(Place(time: snapshot.time(of: index), snapshot: snapshot, index: index))
    }
    events.sort { $0.time < $1.time }
    settled = events.firstIndex { $0.time >= time } ?? events.count
    read &+= UInt64(snapshot.count - first)
  }

  /// The ticker wakes it.
  func awaitEvent() -> Bool { next == settled }

  func ledger() -> Ledger {
    var ledger = maps.ledger()
    ledger.lost &+= missed
    ledger.seen = ledger.lost &+ read &+ overwritten
    ledger.overwritten = overwritten
    ledger.filtered = skipped
    return ledger
  }

  func stop() { isStopped = true }
}
