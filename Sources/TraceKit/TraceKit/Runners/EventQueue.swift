/// Events of one ring buffer that wait for those of others, in the order of their times.
final class EventQueue {
  private struct Place {
    var time: UInt64
    var start: Int
    var count: Int
  }

  private var places: [Place] = []
  /// The first that was not taken yet.
  private var first = 0
  private var room: UnsafeMutableRawBufferPointer
  private var used = 0

  /// With this many bytes or more it is full.
  static let mostBytes = 256 << 10
  private static let alignment = 8

  init() {
    room = .allocate(byteCount: 16 << 10, alignment: Self.alignment)
  }

  deinit { room.deallocate() }

  var isEmpty: Bool { first == places.count }
  var isFull: Bool { used >= Self.mostBytes }
  var earliest: UInt64? { isEmpty ? nil : places[first].time }
  var latest: UInt64? { isEmpty ? nil : places.last?.time }

  /// Adds an event after those of the same time.
  func add(_ event: RawSpan) {
    let count = event.byteCount
    if used + count > room.count { grow(for: used + count) }
    event.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(rebasing: room[used..<used + count]).copyMemory(from: bytes)
    }
    // All events start with the time; one that is too short is refused where it is shown.
    let time = count >= 8 ? event.unsafeLoadUnaligned(as: UInt64.self) : 0
    var index = places.count
    while index > first, places[index - 1].time > time { index -= 1 }
    places.insert(Place(time: time, start: used, count: count), at: index)
    used = (used + count + Self.alignment - 1) & -Self.alignment
  }

  private func grow(for size: Int) {
    var capacity = room.count
    while capacity < size { capacity *= 2 }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: capacity, alignment: Self.alignment)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: room[..<used]))
    room.deallocate()
    room = larger
  }

  /// Passes the first event on, and forgets it.
  func takeFirst<Result>(_ body: (RawSpan) throws -> Result) rethrows -> Result {
    let place = places[first]
    first += 1
    let event = UnsafeRawBufferPointer(rebasing: room[place.start..<place.start + place.count])
    return try body(event.bytes)
  }

  /// Gives the room of the events that were taken to new ones.
  func makeRoom() {
    guard first > 0 else { return }
    places.removeFirst(first)
    first = 0
    // Those that came last are few.
    var kept: [UInt8] = []
    for index in places.indices {
      let (start, count) = (places[index].start, places[index].count)
      places[index].start = kept.count
      kept += room[start..<start + count]
      while kept.count % Self.alignment != 0 { kept.append(0) }
    }
    kept.withUnsafeBytes { room.copyMemory(from: $0) }
    used = kept.count
  }
}
