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
  /// The stacks so far by their numbers: one that was taken in one interval may be counted
  /// in another.
  private var frames: [UInt64: StackTree.Place] = [:]
  private var tree = StackTree()
  /// Those of user space that do not reach the beginning of their thread.
  private var cut: [UInt64: StackCut] = [:]
  /// Whether the set that is written should be emptied.
  private(set) var isFilling = false

  /// Stacks that are remembered beyond the interval in which they were taken.
  private static let framesRoom = 1_000_000
  /// Address spaces that the programs remember.
  private static let ownersRoom = 16_384

  /// The user stacks are taken by frame pointers.
  public convenience init(
    _ object: LoadedObject, symbols: Symbolizer, skipsTracer: Bool
  ) throws(BPFError) {
    try self.init(object, symbols: symbols, tables: nil, skipsTracer: skipsTracer)
  }

  /// - Parameter tables: nil: user stacks are taken by frame pointers.
  init(
    _ object: LoadedObject, symbols: Symbolizer, tables: UnwindTables?, skipsTracer: Bool
  ) throws(BPFError) {
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
  ///   - named: gives the stacks their names, which are known during this call.
  public func take<Counts, Result>(
    whileOpen isOpen: Bool, counted: (Int) throws -> Counts, named: (Counts) -> Result
  ) throws -> Result {
    let counts = try empty(whileOpen: isOpen, counted: counted)
    symbols.lookAgain()
    defer {
      symbols.forgetGone()
      tables?.forgetGone()
      if frames.count > Self.framesRoom || tree.isFull { forgetStacks() }
    }
    return named(counts)
  }

  /// Does the same without names: the stacks are remembered for the next time.
  func empty<Counts>(whileOpen isOpen: Bool, counted: (Int) throws -> Counts) throws -> Counts {
    let full = Int(sets.turn(whileOpen: isOpen))
    try follow()
    isFilling = false
    let counts = try counted(full)
    for (number, stack) in try stacks[full].drain() where frames[number] == nil {
      frames[number] = withUnsafeBytes(of: stack.frames) {
        tree.add(
          $0.bindMemory(to: UInt64.self).prefix(Int(min(stack.depth, UInt32(STACK_DEPTH)))))
      }
      if tables != nil { cut[number] = StackCut(state: stack.state) }
    }
    if full == 0 {
      (entries.value.0, asked.value.0) = (0, 0)
    } else {
      (entries.value.1, asked.value.1) = (0, 0)
    }
    return counts
  }

  private func forgetStacks() {
    frames = [:]
    tree = StackTree()
    cut = [:]
  }

  /// Has the names of user stacks looked up together, before they are asked for.
  func prepareNames(of stacks: [StackReference]) {
    var numbers: [AddressSpace: Set<UInt64>] = [:]
    for stack in stacks where stack.number != 0 {
      guard let owner = stack.owner else { continue }
      numbers[AddressSpace(owner), default: []].insert(stack.number)
    }
    for (space, numbers) in numbers {
      symbols.prepareUser(numbers.compactMap(addresses), in: space)
    }
  }

  public func frames(of stack: StackReference) -> [Frame] {
    guard let owner = stack.owner else { return kernelFrames(of: stack.number) }
    return userFrames(of: stack.number, in: owner)
  }

  func kernelFrames(of number: UInt64) -> [Frame] {
    frames(number, isKernel: true) { symbols.kernel($0, skipsTracer: skipsTracer) }
  }

  func userFrames(of number: UInt64, in owner: stack_owner) -> [Frame] {
    var frames = frames(number, isKernel: false) { symbols.user($0, in: AddressSpace(owner)) }
    if let cut = cut[number] { frames.append(cut.frame) }
    return frames
  }

  /// The function that a frame of a kernel stack lies in, and the offset there.
  func place(of frame: Frame) -> String {
    frame.address == 0 ? frame.name : symbols.kernelPlace(frame.address)
  }

  private func frames(
    _ number: UInt64, isKernel: Bool, name: ([UInt64]) -> [Frame]
  ) -> [Frame] {
    if number == 0 { return [] }
    if let addresses = addresses(of: number) { return name(addresses) }
    return [Frame(name: "[stack not kept]", address: 0, isKernel: isKernel)]
  }

  private func addresses(of number: UInt64) -> [UInt64]? {
    frames[number].map { tree.addresses(of: $0) }
  }
}
