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
  /// No event of an earlier time is written any more.
  let settled: UInt64
  /// Up to where each lane of each CPU is read.
  private(set) var marks: [[RecorderLane.Mark]]
  /// What the programs counted.
  private(set) var ledger: Ledger

  var count: Int { places.count }

  deinit { bytes.deallocate() }

  /// - Parameter old: up to where an earlier snapshot has read; nil: there was none.
  init(_ maps: RecorderMaps, after old: [[RecorderLane.Mark]]? = nil) {
    layout = maps.layout
    settled = EventClock.now
    linux_wait_for_programs()
    ledger = maps.ledger()
    let before = maps.lanes()
    marks = old ?? before.map { $0.map { _ in RecorderLane.Mark() } }
    // What these say is whole was written by programs that have ended.
    linux_wait_for_programs()
    let isReadable = marks.count == before.count
    let used = isReadable ? Self.newPages(before, marks, layout) : []
    bytes = .allocate(byteCount: max(used.count, 1) * layout.pageRoom, alignment: 8)
    for (index, page) in used.enumerated() {
      let start = index * layout.pageRoom
      if maps.read(page: page, into: bytes.baseAddress! + start) { pages[page] = start }
    }
    // Who wrote meanwhile says so before it is asked.
    linux_wait_for_programs()
    let after = maps.lanes()
    for cpu in before.indices where isReadable && after.count == before.count {
      for lane in 0..<RecorderLayout.lanes {
        collect(cpu: cpu, lane: lane, before[cpu][lane], head: after[cpu][lane].head)
      }
    }
    ledger.seen = ledger.lost &+ UInt64(places.count) &+ overwritten
    ledger.overwritten = overwritten
    places.sort { $0.time < $1.time }
  }

  /// The pages that have something which was not read before.
  private static func newPages(
    _ cells: [[recorder_lane]], _ marks: [[RecorderLane.Mark]], _ layout: RecorderLayout
  ) -> [Int] {
    cells.indices.flatMap { cpu in
      (0..<RecorderLayout.lanes).flatMap { lane -> [Int] in
        let state = cells[cpu][lane], mark = marks[cpu][lane]
        guard state.count > mark.number else { return [] }
        let count = layout.pages(ofLane: lane), first = layout.firstPage(cpu: cpu, lane: lane)
        // They were not read in one moment.
        let reached = max(state.head, state.last) / UInt64(RECORDER_PAGE)
        let begun = mark.position / UInt64(RECORDER_PAGE)
        guard begun <= reached, reached - begun < UInt64(count) else {
          return Array(first..<first + count)
        }
        return (begun...reached).map { first + Int($0 % UInt64(count)) }
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
    let found = lane.events(after: marks[cpu][number])
    marks[cpu][number] = found.mark
    for event in found.whole {
      let start = pages[first + event.page] ?? 0
      places.append(Place(time: event.time, offset: start + event.offset, size: event.size))
    }
    guard found.overwritten > 0 else { return }
    overwritten &+= found.overwritten
    completeFrom = max(completeFrom, found.whole.last?.time ?? EventClock.now)
  }

  func time(of index: Int) -> UInt64 { places[index].time }

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
