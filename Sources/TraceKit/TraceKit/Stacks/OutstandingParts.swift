import Wire

/// Ranges that were given back of what had been acquired as a whole.
struct OutstandingParts {
  private struct Part {
    let start: UInt64
    let end: UInt64
    let time: UInt64
  }

  private var parts: [UInt64: [Part]] = [:]

  mutating func add(_ found: [(key: outstanding_key, value: outstanding_part)]) {
    for (key, part) in found {
      let (end, overflow) = key.address.addingReportingOverflow(part.size)
      parts[key.space, default: []].append(
        Part(start: key.address, end: overflow ? .max : end, time: part.time_ns))
    }
  }

  /// How much is left of each entry that can be given back in parts, by its key; those that
  /// are whole are not in it. Parts of what is gone are forgotten.
  mutating func rests(
    of entries: [(key: outstanding_key, value: outstanding)]
  ) -> [OutstandingAddress: UInt64] {
    guard !parts.isEmpty else { return [:] }
    var rests: [OutstandingAddress: UInt64] = [:]
    var needed: [UInt64: [Part]] = [:]
    for (key, entry) in entries where entry.flags & UInt32(OUTSTANDING_IN_PARTS) != 0 {
      let end = key.address &+ entry.size
      let own = (parts[key.space] ?? []).filter {
        $0.time >= entry.time_ns && $0.start < end && key.address < $0.end
      }
      guard !own.isEmpty else { continue }
      needed[key.space, default: []] += own
      var (left, place) = (UInt64(0), key.address)
      for part in own.sorted(by: { $0.start < $1.start }) where part.end > place {
        if part.start > place { left += part.start - place }
        place = min(part.end, end)
      }
      rests[OutstandingAddress(key)] = left + (end - place)
    }
    parts = needed
    return rests
  }
}

/// An address and the space that it is in.
struct OutstandingAddress: Hashable {
  let space: UInt64
  let address: UInt64

  init(_ key: outstanding_key) {
    space = key.space
    address = key.address
  }
}
