import CLinux
import Wire

/// The events that a recorder holds at one time, in the order of their times, and its account.
/// The programs go on meanwhile.
final class RecorderSnapshot {
  /// An event among the bytes that were copied.
  private struct Place {
    let time: UInt64
    let offset: Int
    let size: Int
  }

  private let layout: RecorderLayout
  private let bytes: UnsafeMutableRawBufferPointer
  private var places: [Place] = []
  /// Where the pages are that were copied.
  private var pages: [Int: Int] = [:]
  /// How many events were overwritten by later ones.
  private(set) var overwritten: UInt64 = 0
  /// From this time on none was overwritten.
  private(set) var completeFrom: UInt64 = 0
  /// What the programs counted.
  private(set) var ledger = Ledger()

  var count: Int { places.count }

  deinit { bytes.deallocate() }

  /// - Throws: ``PinError`` where what is pinned is not what the pin says.
  init(_ pin: Pin) throws(PinError) {
    layout = pin.layout
    let cells = try PinnedArray(RecorderLayout.maps[0], in: pin.directory, isPerCPU: true)
    let memory = try PinnedArray(RecorderLayout.maps[1], in: pin.directory)
    let counts = try PinnedArray(RecorderLayout.maps[2], in: pin.directory, isPerCPU: true)
    guard memory.valueSize == layout.pageRoom, memory.count == layout.cpus * layout.stride else {
      bytes = .init(start: nil, count: 0)
      throw .refused(path: pin.directory.path, .invalidArgument)
    }
    ledger.add(counts.firsts(as: Wire.ledger.self))
    let before = cells.firsts(as: recorder_cell.self).prefix(layout.cpus).map(Self.lanes)
    // What these say is whole was written by programs that have ended.
    linux_wait_for_programs()
    let used = Self.usedPages(before, layout)
    bytes = .allocate(byteCount: max(used.count, 1) * layout.pageRoom, alignment: 8)
    for (index, page) in used.enumerated() {
      let start = index * layout.pageRoom
      if memory.read(page, into: bytes.baseAddress! + start) { pages[page] = start }
    }
    // Who wrote meanwhile says so before it is asked.
    linux_wait_for_programs()
    let after = cells.firsts(as: recorder_cell.self).prefix(layout.cpus).map(Self.lanes)
    for cpu in before.indices where after.count == before.count {
      for lane in 0..<RecorderLayout.lanes {
        collect(cpu: cpu, lane: lane, before[cpu][lane], head: after[cpu][lane].head)
      }
    }
    ledger.seen = ledger.lost &+ UInt64(places.count) &+ overwritten
    ledger.overwritten = overwritten
    ledger.missed = PinnedPrograms(in: pin.directory).statistics.recursionMisses
    places.sort { $0.time < $1.time }
  }

  private static func lanes(_ cell: recorder_cell) -> [recorder_lane] {
    [cell.lanes.0, cell.lanes.1, cell.lanes.2]
  }

  private static func usedPages(_ cells: [[recorder_lane]], _ layout: RecorderLayout) -> [Int] {
    cells.indices.flatMap { cpu in
      (0..<RecorderLayout.lanes).flatMap { lane -> Range<Int> in
        let state = cells[cpu][lane], first = layout.firstPage(cpu: cpu, lane: lane)
        guard state.count > 0 else { return first..<first }
        // They were not read in one moment.
        let reached = max(state.head, state.last) / UInt64(RECORDER_PAGE) + 1
        return first..<first + Int(min(reached, UInt64(layout.pages(ofLane: lane))))
      }
    }
  }

  /// - Parameter head: before this position something was written when all was copied.
  private func collect(cpu: Int, lane number: Int, _ state: recorder_lane, head: UInt64) {
    let first = layout.firstPage(cpu: cpu, lane: number)
    let lane = RecorderLane(
      state: state, head: head, pageCount: layout.pages(ofLane: number),
      page: { [pages, bytes, layout] page in
        pages[first + page].map { start in
          UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(bytes)[start...].prefix(layout.pageRoom))
        }
      })
    let (whole, missing) = lane.events()
    for event in whole {
      let start = pages[first + event.page] ?? 0
      places.append(Place(time: event.time, offset: start + event.offset, size: event.size))
    }
    guard missing > 0 else { return }
    overwritten &+= missing
    completeFrom = max(completeFrom, whole.last?.time ?? EventClock.now)
  }

  /// Passes an event to `body`.
  func event<Result>(_ index: Int, _ body: (RawSpan) throws -> Result) rethrows -> Result {
    let place = places[index]
    let bytes = UnsafeRawBufferPointer(bytes)[place.offset..<place.offset + place.size]
    return try UnsafeRawBufferPointer(rebasing: bytes).withBytes(body)
  }

  /// How many events are not older than a time: they are the last ones.
  func count(from time: UInt64) -> Int { places.count { $0.time >= time } }
}

extension UnsafeRawBufferPointer {
  fileprivate func withBytes<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
    try body(bytes)
  }
}

/// The events of a recorder as a source.
final class RecorderSource: EventSource {
  private let snapshot: RecorderSnapshot
  /// How many are too old.
  private let skipped: Int
  private var next: Int

  /// - Parameter time: events before it are not passed.
  init(_ snapshot: RecorderSnapshot, from time: UInt64) {
    self.snapshot = snapshot
    skipped = snapshot.count - snapshot.count(from: time)
    next = skipped
  }

  var descriptor: Int32? { nil }
  var isExhausted: Bool { next == snapshot.count }

  func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    var count = 0
    while !isExhausted {
      next += 1
      count += 1
      guard try snapshot.event(next - 1, body) else { break }
    }
    return count
  }

  func awaitEvent() -> Bool { isExhausted }

  func ledger() -> Ledger {
    var ledger = snapshot.ledger
    ledger.filtered = UInt64(skipped)
    return ledger
  }

  func stop() {}
}
