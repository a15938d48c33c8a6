/// Which item has a key, by the hash of the key: open addressing. One of its parts at a time is
/// made anew when it grows, so that no step takes long.
struct HashIndex {
  /// How many items there can be.
  static let room = 1 << itemBits - 1

  private static let itemBits = 25
  private static let items = UInt32(1) << itemBits - 1
  private static let none = UInt32.max
  private static let parts = 64

  /// Items, each with some bits of its hash over it, by which most others are told apart.
  private struct Part {
    var slots: [UInt32] = []
    var count = 0
  }

  private var parts = [Part](repeating: Part(), count: HashIndex.parts)

  private static func mark(_ hash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: hash >> 6) << UInt32(itemBits)
  }

  private static func slot(_ hash: UInt64, of count: Int) -> Int {
    Int((hash >> 32 &* UInt64(count)) >> 32)
  }

  @inline(__always)
  func find(_ hash: UInt64, where isSame: (Int) -> Bool) -> Int? {
    let slots = parts[Int(hash % UInt64(Self.parts))].slots
    guard !slots.isEmpty else { return nil }
    let mark = Self.mark(hash)
    var slot = Self.slot(hash, of: slots.count)
    while slots[slot] != Self.none {
      let item = slots[slot] & Self.items
      if slots[slot] == mark | item, isSame(Int(item)) { return Int(item) }
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    return nil
  }

  /// Adds an item that is not there.
  ///
  /// - Parameter hashOf: the hash of any item.
  mutating func insert(_ item: Int, _ hash: UInt64, hashOf: (Int) -> UInt64) {
    precondition(item < Self.room)
    let part = Int(hash % UInt64(Self.parts))
    if parts[part].count * 5 >= parts[part].slots.count * 4 { grow(part, hashOf) }
    parts[part].count += 1
    Self.put(UInt32(item) | Self.mark(hash), hash, in: &parts[part].slots)
  }

  private mutating func grow(_ part: Int, _ hashOf: (Int) -> UInt64) {
    let entries = parts[part].slots
    // Of different sizes, so that they do not grow at the same time.
    let room = entries.isEmpty ? Self.parts / 2 + part / 4 : entries.count * 3 / 2
    var slots = [UInt32](repeating: Self.none, count: room)
    for entry in entries where entry != Self.none {
      Self.put(entry, hashOf(Int(entry & Self.items)), in: &slots)
    }
    parts[part].slots = slots
  }

  private static func put(_ entry: UInt32, _ hash: UInt64, in slots: inout [UInt32]) {
    var slot = slot(hash, of: slots.count)
    while slots[slot] != none { slot = slot + 1 == slots.count ? 0 : slot + 1 }
    slots[slot] = entry
  }
}
