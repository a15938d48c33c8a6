import Glibc

/// Events of one ring buffer that wait for those of others, in the order of their times.
final class EventQueue {
  private struct Place {
    var time: UInt64
    var start: Int
    var count: Int
  }

  // Each event passes here: the checks of exclusive access would cost more than the rest.
  @exclusivity(unchecked) private var places: [Place] = []
  /// The first that was not taken yet.
  @exclusivity(unchecked) private var first = 0
  @exclusivity(unchecked) private var room: UnsafeMutableRawBufferPointer
  @exclusivity(unchecked) private var used = 0
  /// The time of the first; the greatest where there is none.
  @exclusivity(unchecked) private(set) var next = UInt64.max

  /// With this many bytes or more it is full.
  static let mostBytes = 256 << 10
  private static let alignment = 8

  init() {
    room = .allocate(byteCount: 16 << 10, alignment: Self.alignment)
  }

  deinit { room.deallocate() }

  var isEmpty: Bool { first == places.count }
  var isFull: Bool { used >= Self.mostBytes }
  var latest: UInt64? { isEmpty ? nil : places.last?.time }

  /// Adds an event after those of the same time.
  func add(_ event: RawSpan) {
    let count = event.byteCount
    if used + count > room.count { grow(for: used + count) }
    event.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress, let base = room.baseAddress else { return }
      memcpy(base + used, source, count)
    }
    // All events start with the time; one that is too short is refused where it is shown.
    let time = count >= 8 ? min(event.unsafeLoadUnaligned(as: UInt64.self), .max - 1) : 0
    let place = Place(time: time, start: used, count: count)
    used = (used + count + Self.alignment - 1) & -Self.alignment
    if let last = places.last, last.time > time {
      insert(place)
    } else {
      places.append(place)
    }
    next = places[first].time
  }

  private func insert(_ place: Place) {
    var index = places.count
    while index > first, places[index - 1].time > place.time { index -= 1 }
    places.insert(place, at: index)
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

  /// Passes the events up to a time on and forgets them, until `body` returns false.
  ///
  /// - Parameter count: grows by how many they are.
  /// - Returns: whether `body` wants more.
  func take(
    upTo end: UInt64, _ count: inout Int, _ body: (RawSpan) throws -> Bool
  ) rethrows -> Bool {
    while first < places.count, places[first].time <= end {
      let place = places[first]
      first += 1
      next = first < places.count ? places[first].time : .max
      count += 1
      let event = UnsafeRawBufferPointer(rebasing: room[place.start..<place.start + place.count])
      guard try body(event.bytes) else { return false }
    }
    return true
  }

  /// Gives the room of the events that were taken to new ones.
  func makeRoom() {
    guard first > 0 else { return }
    places.removeFirst(first)
    first = 0
    used = 0
    guard !places.isEmpty else { return }
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
