import Wire

/// The stacks that the programs of a session keep under numbers, and their names. Its
/// object was made with `lib/stack_store.bpf.h`.
public final class StackStore {
  let sets: AlternateSets
  private let stacks: [HashMap<UInt64, stack_frames>]
  private let owners: HashMap<stack_owner, UInt32>
  private let news: RingBuffer
  private let entries: SharedVariable<(UInt32, UInt32)>
  private let asked: SharedVariable<(UInt32, UInt32)>
  private let symbols: Symbolizer
  private let tables: UnwindTables?
  private let skipsTracer: Bool
  private var ownersSeen = 0
  /// The stacks that came since older ones were last forgotten, and those of the time before:
  /// one that was taken in one interval may be counted in the next.
  private var recent = NumberedStacks()
  private var earlier = NumberedStacks()
  private let use: Use
  private let room: NumberedStacks.Room
  /// How many were asked for that were not kept: there was no room.
  private(set) var missing: UInt64 = 0
  /// Whether the set that is written should be emptied.
  private(set) var isFilling = false

  /// How long a number of a stack is used after the interval in which the stack was taken.
  enum Use {
    /// Not at all.
    case once
    /// While the programs keep it.
    case whileKept(() throws -> [UInt64])
    /// To the end of the run.
    case always
  }

  /// As long as there are no more, none are forgotten, which has its cost.
  private static let few = NumberedStacks.Room(stacks: 1 << 13, words: 1 << 16)
  /// Address spaces that the programs remember.
  private static let ownersRoom = 16_384

  /// The user stacks are taken by frame pointers.
  public convenience init(
    _ object: LoadedObject, symbols: Symbolizer, skipsTracer: Bool
  ) throws(BPFError) {
    try self.init(
      object, symbols: symbols, tables: nil, skipsTracer: skipsTracer, use: .always)
  }

  /// - Parameters:
  ///   - tables: nil: user stacks are taken by frame pointers.
  ///   - use: how long numbers of stacks are used.
  ///   - room: for how many stacks.
  init(
    _ object: LoadedObject, symbols: Symbolizer, tables: UnwindTables?, skipsTracer: Bool,
    use: Use, room: NumberedStacks.Room = NumberedStacks.Room()
  ) throws(BPFError) {
    self.use = use
    self.room = room
    sets = try AlternateSets("stack_set", in: object)
    stacks = [try HashMap("stacks_even", in: object), try HashMap("stacks_odd", in: object)]
    owners = try HashMap("stack_owners", in: object)
    news = try RingBuffer("stack_news", in: object)
    entries = try object.variable("stack_set_entries", as: (UInt32, UInt32).self)
    asked = try object.variable("stack_set_asked", as: (UInt32, UInt32).self)
    self.tables = tables
    self.symbols = symbols
    self.skipsTracer = skipsTracer
  }

  /// Becomes readable when a process should be looked at.
  var descriptor: Int32 { news.descriptor }

  /// Looks at the processes that the programs reported.
  public func follow() throws {
    var isForgotten = false
    _ = try news.drain { bytes in
      let owner = bytes.unsafeLoadUnaligned(as: stack_owner.self)
      guard owner.generation != 0 else {
        isFilling = true
        return true
      }
      if let tables {
        if !tables.follow(owner) { isForgotten = true }
      } else {
        symbols.look(at: AddressSpace(owner))
      }
      ownersSeen += 1
      return true
    }
    guard isForgotten || ownersSeen > Self.ownersRoom / 2 else { return }
    // Those that live are reported again.
    ownersSeen = 0
    _ = try? owners.drain()
  }

  /// Turns the programs to the other set and takes what was counted in the full one.
  ///
  /// - Parameters:
  ///   - isOpen: whether the programs still run.
  ///   - counted: takes what was counted by these stacks, in the set of this number.
  ///   - named: gives the stacks their names, which are known until the next call.
  public func take<Counts, Result>(
    whileOpen isOpen: Bool, counted: (Int) throws -> Counts, named: (Counts) -> Result
  ) throws -> Result {
    symbols.forgetGone()
    tables?.forgetGone()
    try forgetStacks()
    let counts = try empty(whileOpen: isOpen, counted: counted)
    symbols.lookAgain()
    return named(counts)
  }

  /// Does the same without names: the stacks are remembered for the next time.
  func empty<Counts>(whileOpen isOpen: Bool, counted: (Int) throws -> Counts) throws -> Counts {
    let full = Int(sets.turn(whileOpen: isOpen))
    try follow()
    isFilling = false
    let counts = try counted(full)
    try stacks[full].drain { number, stack in
      withUnsafeBytes(of: stack.frames) {
        let depth = Int(min(stack.depth, UInt32(STACK_DEPTH)))
        recent.add(
          number, $0.bindMemory(to: UInt64.self).prefix(depth),
          cut: tables == nil ? nil : StackCut(state: stack.state), room: roomOfRecent)
      }
    }
    if full == 0 {
      (entries.value.0, asked.value.0) = (0, 0)
    } else {
      (entries.value.1, asked.value.1) = (0, 0)
    }
    return counts
  }

  private var roomOfRecent: NumberedStacks.Room {
    NumberedStacks.Room(
      stacks: room.stacks - earlier.size.stacks, words: room.words - earlier.size.words)
  }

  /// Forgets the stacks that did not come since this was last done, but for those whose
  /// numbers are still used.
  private func forgetStacks() throws {
    guard recent.size.stacks > Self.few.stacks || recent.size.words > Self.few.words else {
      return
    }
    let used: [UInt64]
    switch use {
    case .once: used = []
    case .whileKept(let numbers): used = try numbers()
    case .always: return
    }
    let forgotten = earlier
    (earlier, recent) = (recent, NumberedStacks())
    for number in used where !earlier.has(number) {
      guard let (addresses, cut) = forgotten.stack(number) else { continue }
      recent.add(number, addresses, cut: cut, room: roomOfRecent)
    }
  }

  /// Counts what is to be shown with a stack that is not kept. What the programs could not
  /// keep they have counted.
  func count(_ number: UInt64, times: UInt64 = 1) {
    guard number != 0, number != STACK_NOT_KEPT, !recent.has(number), !earlier.has(number)
    else { return }
    missing += times
  }

  /// Has the names of user stacks looked up together, before they are asked for.
  func prepareNames(of stacks: some Sequence<StackReference>) {
    var numbers: [AddressSpace: Set<UInt64>] = [:]
    for stack in stacks where stack.number != 0 {
      guard let owner = stack.owner else { continue }
      numbers[AddressSpace(owner), default: []].insert(stack.number)
    }
    for (space, numbers) in numbers {
      symbols.prepareUser(numbers.lazy.compactMap { self.stack($0)?.addresses }, in: space)
    }
  }

  public func frames(of reference: StackReference) -> [Frame] {
    count(reference.number)
    guard let owner = reference.owner else { return kernelFrames(of: reference.number) }
    return userFrames(of: reference.number, in: owner)
  }

  func kernelFrames(of number: UInt64) -> [Frame] {
    if number == 0 { return [] }
    guard let (addresses, _) = stack(number) else { return [Self.notKept(isKernel: true)] }
    return symbols.kernel(addresses, skipsTracer: skipsTracer)
  }

  func userFrames(of number: UInt64, in owner: stack_owner) -> [Frame] {
    if number == 0 { return [] }
    guard let (addresses, cut) = stack(number) else { return [Self.notKept(isKernel: false)] }
    let frames = symbols.user(addresses, in: AddressSpace(owner))
    return cut.map { frames + [$0.frame] } ?? frames
  }

  /// The function that a frame of a kernel stack lies in, and the offset there.
  func place(of frame: Frame) -> String {
    frame.address == 0 ? frame.name : symbols.kernelPlace(frame.address)
  }

  private static func notKept(isKernel: Bool) -> Frame {
    Frame(name: "[stack not kept]", address: 0, isKernel: isKernel)
  }

  private func stack(_ number: UInt64) -> (addresses: [UInt64], cut: StackCut?)? {
    recent.stack(number) ?? earlier.stack(number)
  }
}
