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
  private var memory = StackMemory()
  private let use: Use
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
  init(
    _ object: LoadedObject, symbols: Symbolizer, tables: UnwindTables?, skipsTracer: Bool,
    use: Use
  ) throws(BPFError) {
    self.use = use
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
        memory.add(
          number, $0.bindMemory(to: UInt64.self).prefix(depth),
          cut: tables == nil ? nil : StackCut(state: stack.state))
      }
    }
    if full == 0 {
      (entries.value.0, asked.value.0) = (0, 0)
    } else {
      (entries.value.1, asked.value.1) = (0, 0)
    }
    return counts
  }

  private func forgetStacks() throws {
    switch use {
    case .once: memory.forget { [] }
    case .whileKept(let numbers): try memory.forget(except: numbers)
    case .always: return
    }
  }

  /// Counts what is to be shown with a stack that is not kept. What the programs could not
  /// keep they have counted.
  func count(_ number: UInt64, times: UInt64 = 1) {
    guard number != 0, number != STACK_NOT_KEPT, !memory.has(number) else { return }
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
      let stacks = numbers.lazy.compactMap { [memory] in memory.stack($0)?.addresses }
      symbols.prepareUser(stacks, in: space)
    }
  }

  public func frames(of reference: StackReference) -> [Frame] {
    count(reference.number)
    guard let owner = reference.owner else { return kernelFrames(of: reference.number) }
    return userFrames(of: reference.number, in: owner)
  }

  func kernelFrames(of number: UInt64) -> [Frame] {
    if number == 0 { return [] }
    guard let stack = memory.stack(number) else { return [Self.notKept(isKernel: true)] }
    return symbols.kernel(stack.addresses, skipsTracer: skipsTracer)
  }

  func userFrames(of number: UInt64, in owner: stack_owner) -> [Frame] {
    if number == 0 { return [] }
    guard let stack = memory.stack(number) else { return [Self.notKept(isKernel: false)] }
    let frames = symbols.user(stack.addresses, in: AddressSpace(owner))
    return stack.cut.map { frames + [$0.frame] } ?? frames
  }

  /// The function that a frame of a kernel stack lies in, and the offset there.
  func place(of frame: Frame) -> String {
    frame.address == 0 ? frame.name : symbols.kernelPlace(frame.address)
  }

  private static func notKept(isKernel: Bool) -> Frame {
    Frame(name: "[stack not kept]", address: 0, isKernel: isKernel)
  }
}
