import CLibbpf

// Ring buffers of an object with `lib/events.bpf.h`: its map `events`, or several, each for the
// events of some CPUs. A ring buffer has one lock: two CPUs that write to it at once wait for
// each other.

extension RingRoom {
  static func name(_ number: Int) -> String { number == 0 ? "events" : "events_\(number)" }
}

extension OpenObject {
  /// Takes ring buffers for events, once it is known which programs are kept.
  public mutating func take(_ rings: RingAhead) throws(BPFError) {
    let room = rings.room
    try setRings(room.count)
    for number in 0..<room.count {
      try setMaxEntries(of: RingRoom.name(number), to: room.bytesEach)
      try take(rings, as: RingRoom.name(number), number: number)
    }
  }

  /// Takes the ring buffers of another object, beside its map `events`.
  public mutating func share(_ rings: RingAhead, of other: LoadedObject) throws(BPFError) {
    try setRings(rings.room.count)
    for number in 1..<max(rings.room.count, 1) {
      try share(map: RingRoom.name(number), of: other)
    }
  }

  /// Leaves all ring buffers out but so many.
  public mutating func setRings(_ count: Int) throws(BPFError) {
    guard hasMap(RingRoom.name(1)) else { return }
    try setVariable("ring_mask", to: UInt32(count - 1))
    for number in 1..<RingRoom.mostCount {
      try setCreated(map: RingRoom.name(number), number < count)
    }
  }
}

extension RingBuffer {
  /// What is mapped of all of them together.
  private static let windows = 256 * 1024

  /// Those by which the events of an object come.
  public static func all(of object: LoadedObject) throws(BPFError) -> [RingBuffer] {
    var descriptors: [Int32] = []
    for number in 0..<RingRoom.mostCount {
      guard let map = unsafe object.find(map: RingRoom.name(number)) else { break }
      let descriptor = unsafe bpf_map__fd(map)
      if descriptor >= 0 { descriptors.append(descriptor) }
    }
    guard descriptors.count > 1 else { return [try RingBuffer("events", in: object)] }
    let window = min(RingWindow.usualSize, windows / descriptors.count)
    var all: [RingBuffer] = []
    for descriptor in descriptors {
      all.append(try RingBuffer(descriptor, "events", ownedBy: object, window: window))
    }
    return all
  }
}
