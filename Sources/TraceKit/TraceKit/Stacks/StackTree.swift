/// The addresses of many stacks, of which those that begin alike, at their outermost frames,
/// have these only once.
///
/// What a stack has that none had before is a run, the outermost frame first: each frame but
/// the first was called by the one before it, so that only the runs need to be found.
struct StackTree {
  /// A stack, by its innermost frame: where its run is, and how many frames of that it has.
  typealias Place = UInt32

  /// The longest run, and how many roots there are.
  private static let longest = 127
  private static let lengthBits: UInt32 = 7

  /// In front of the frames of each run there is who called it, and its length.
  private var words = ChunkedArray<UInt64>()
  private var runs = HashIndex()

  init() {
    // What would be at the beginning are the roots.
    words.append(0)
  }

  /// A frame takes one, a run another one and some bytes.
  var size: Int { words.count - 1 }

  /// - Parameters:
  ///   - addresses: the innermost first.
  ///   - root: a small number that distinguishes stacks of the same addresses.
  ///   - room: how many words there may be.
  /// - Returns: nil where there is no room.
  mutating func add(
    _ addresses: some BidirectionalCollection<UInt64>, root: UInt8 = 0, room: Int = .max
  ) -> Place? {
    var place = Place(root)
    precondition(place <= Self.longest)
    var known = 0
    var rest = addresses[...]
    while let address = rest.last {
      if known > 0, words[Self.word(place) + 1] == address {
        place += 1
        known -= 1
      } else if let run = run(address, calledBy: place) {
        place = Self.place(run, 1)
        known = length(run) - 1
      } else {
        break
      }
      rest.removeLast()
    }
    return rest.isEmpty ? place : append(rest, calledBy: place, room)
  }

  private mutating func append(
    _ addresses: some BidirectionalCollection<UInt64>, calledBy caller: Place, _ room: Int
  ) -> Place? {
    var (place, left) = (caller, addresses.count)
    let more = left + (left + Self.longest - 1) / Self.longest
    guard size + more <= room, words.count + more <= HashIndex.room else { return nil }
    var length = 0
    for address in addresses.reversed() {
      if length == 0 {
        length = min(left, Self.longest)
        let run = words.count
        words.append(UInt64(place) << 32 | UInt64(length))
        words.append(address)
        runs.insert(run, Self.hash(address, place)) { [words] in
          Self.hash(words[$0 + 1], Place(words[$0] >> 32))
        }
        place = Self.place(run, 1)
      } else {
        words.append(address)
        place += 1
      }
      length -= 1
      left -= 1
    }
    return place
  }

  /// The addresses of a stack, the innermost first, and its root.
  func stack(at place: Place) -> (addresses: [UInt64], root: UInt8) {
    var addresses: [UInt64] = []
    var next = place
    while next > Self.longest {
      let run = Int(next >> Self.lengthBits)
      for word in stride(from: Self.word(next), to: run, by: -1) { addresses.append(words[word]) }
      next = Place(words[run] >> 32)
    }
    return (addresses, UInt8(next))
  }

  private func run(_ address: UInt64, calledBy caller: Place) -> Int? {
    runs.find(Self.hash(address, caller)) {
      words[$0 + 1] == address && words[$0] >> 32 == caller
    }
  }

  private func length(_ run: Int) -> Int { Int(words[run] & UInt64(UInt32.max)) }

  private static func place(_ run: Int, _ length: UInt32) -> Place {
    UInt32(run) << lengthBits | length
  }

  private static func word(_ place: Place) -> Int {
    Int(place >> lengthBits) + Int(place & UInt32(longest))
  }

  /// Of what a traced process chooses, so that it must not know it.
  private static func hash(_ address: UInt64, _ caller: Place) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(address)
    hasher.combine(caller)
    return UInt64(truncatingIfNeeded: hasher.finalize())
  }
}
