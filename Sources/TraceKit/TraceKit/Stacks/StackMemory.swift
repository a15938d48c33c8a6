/// The stacks that a run still needs, by their numbers. It has two generations: one that was
/// taken in one interval may be counted in the next.
struct StackMemory {
  private var recent = NumberedStacks()
  private var earlier = NumberedStacks()
  private let room: NumberedStacks.Room
  private let few: NumberedStacks.Room

  /// - Parameters:
  ///   - room: for so many there is room.
  ///   - few: as long as there are no more, none are forgotten, which has its cost.
  init(
    room: NumberedStacks.Room = NumberedStacks.Room(),
    few: NumberedStacks.Room = NumberedStacks.Room(stacks: 1 << 13, words: 1 << 16)
  ) {
    (self.room, self.few) = (room, few)
  }

  /// Adds a stack, unless there is no room.
  ///
  /// - Parameters:
  ///   - addresses: the innermost first.
  ///   - cut: why it does not reach the beginning of its thread.
  mutating func add(
    _ number: UInt64, _ addresses: some BidirectionalCollection<UInt64>, cut: StackCut?
  ) {
    let rest = NumberedStacks.Room(
      stacks: room.stacks - earlier.size.stacks, words: room.words - earlier.size.words)
    recent.add(number, addresses, cut: cut, room: rest)
  }

  /// The addresses of a stack, the innermost first; nil where it is not kept.
  func stack(_ number: UInt64) -> (addresses: [UInt64], cut: StackCut?)? {
    recent.stack(number) ?? earlier.stack(number)
  }

  func has(_ number: UInt64) -> Bool { recent.has(number) || earlier.has(number) }

  /// Begins a generation, and forgets the last but one.
  ///
  /// - Parameter used: which of these are needed nevertheless.
  mutating func forget(except used: () throws -> [UInt64]) rethrows {
    guard recent.size.stacks > few.stacks || recent.size.words > few.words else { return }
    let numbers = try used()
    let forgotten = earlier
    (earlier, recent) = (recent, NumberedStacks())
    // One that is used now may be counted only when this is next called, so that it is needed
    // until the time after that.
    for number in numbers {
      guard let stack = earlier.stack(number) ?? forgotten.stack(number) else { continue }
      add(number, stack.addresses, cut: stack.cut)
    }
  }
}
