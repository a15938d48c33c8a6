/// Stacks by the numbers that programs gave them.
struct NumberedStacks {
  private var tree = StackTree()
  private var numbers = NumberedSet<UInt64>()
  private var places = ChunkedArray<StackTree.Place>()

  /// In place of two different stacks that have one number.
  private static let ambiguous = StackTree.Place.max

  /// Different numbers of stacks that can be kept, and words of their frames.
  struct Room {
    var stacks = 1 << 21
    var words = 1 << 24
  }

  /// How much of the room is used.
  var size: Room { Room(stacks: numbers.count, words: tree.size) }

  /// Adds a stack, unless there is no room.
  ///
  /// - Parameters:
  ///   - addresses: the innermost first.
  ///   - cut: why it does not reach the beginning of its thread.
  mutating func add(
    _ number: UInt64, _ addresses: some BidirectionalCollection<UInt64>, cut: StackCut?,
    room: Room
  ) {
    let known = numbers.number(of: number)
    if known == nil, numbers.count >= room.stacks { return }
    guard let place = tree.add(addresses, root: cut?.rawValue ?? 0, room: room.words) else {
      return
    }
    if let known {
      if places[known] != place { places[known] = Self.ambiguous }
      return
    }
    _ = numbers.insert(number)
    places.append(place)
  }

  /// The addresses of a stack, the innermost first; nil where it is not kept.
  func stack(_ number: UInt64) -> (addresses: [UInt64], cut: StackCut?)? {
    guard let place = place(of: number) else { return nil }
    let (addresses, root) = tree.stack(at: place)
    return (addresses, StackCut(rawValue: root))
  }

  func has(_ number: UInt64) -> Bool { place(of: number) != nil }

  private func place(of number: UInt64) -> StackTree.Place? {
    numbers.number(of: number).map { places[$0] }.flatMap { $0 == Self.ambiguous ? nil : $0 }
  }
}
