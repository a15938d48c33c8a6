import Wire

/// The stacks that the programs of a session keep under numbers, and their names. Its
/// object was made with `lib/stack_store.bpf.h`.
final class StackStore {
  let sets: AlternateSets
  private let stacks: [HashMap<UInt64, stack_frames>]
  private let owners: HashMap<stack_owner, UInt32>
  private let news: RingBuffer
  private let symbols: Symbolizer
  private let skipsTracer: Bool
  private var ownersSeen = 0
  /// The addresses of all stacks so far by their numbers: a stack that was taken in
  /// one interval may be counted in another.
  private var frames: [UInt64: [UInt64]] = [:]

  /// Stacks that are remembered beyond the interval in which they were taken.
  private static let framesRoom = 1_000_000
  /// Address spaces that the programs remember.
  private static let ownersRoom = 16_384

  init(_ object: LoadedObject, symbols: Symbolizer, skipsTracer: Bool) throws(BPFError) {
    sets = try AlternateSets("stack_set", in: object)
    stacks = [try HashMap("stacks_even", in: object), try HashMap("stacks_odd", in: object)]
    owners = try HashMap("stack_owners", in: object)
    news = try RingBuffer("stack_news", in: object)
    self.symbols = symbols
    self.skipsTracer = skipsTracer
  }

  /// Becomes readable when a process should be looked at.
  var descriptor: Int32 { news.descriptor }

  /// Looks at the processes that the programs reported.
  func follow() throws {
    _ = try news.drain { bytes in
      let owner = bytes.unsafeLoadUnaligned(as: stack_owner.self)
      symbols.look(at: AddressSpace(owner))
      ownersSeen += 1
      return true
    }
    guard ownersSeen > Self.ownersRoom / 2 else { return }
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
  func take<Counts, Result>(
    whileOpen isOpen: Bool, counted: (Int) throws -> Counts, named: (Counts) -> Result
  ) throws -> Result {
    let full = Int(sets.turn(whileOpen: isOpen))
    try follow()
    symbols.lookAgain()
    let counts = try counted(full)
    if frames.count > Self.framesRoom { frames = [:] }
    for (number, stack) in try stacks[full].drain() {
      frames[number] = withUnsafeBytes(of: stack.frames) {
        Array($0.bindMemory(to: UInt64.self).prefix(Int(min(stack.depth, UInt64(STACK_DEPTH)))))
      }
    }
    defer { symbols.forgetGone() }
    return named(counts)
  }

  /// Has the names of user stacks looked up together, before they are asked for.
  func prepareNames(of stacks: [StackReference]) {
    var numbers: [AddressSpace: Set<UInt64>] = [:]
    for stack in stacks where stack.number != 0 {
      guard let owner = stack.owner else { continue }
      numbers[AddressSpace(owner), default: []].insert(stack.number)
    }
    for (space, numbers) in numbers {
      symbols.prepareUser(numbers.compactMap { frames[$0] }, in: space)
    }
  }

  func frames(of stack: StackReference) -> [Frame] {
    guard let owner = stack.owner else { return kernelFrames(of: stack.number) }
    return userFrames(of: stack.number, in: owner)
  }

  func kernelFrames(of number: UInt64) -> [Frame] {
    frames(number, isKernel: true) { symbols.kernel($0, skipsTracer: skipsTracer) }
  }

  func userFrames(of number: UInt64, in owner: stack_owner) -> [Frame] {
    frames(number, isKernel: false) { symbols.user($0, in: AddressSpace(owner)) }
  }

  private func frames(
    _ number: UInt64, isKernel: Bool, name: ([UInt64]) -> [Frame]
  ) -> [Frame] {
    if number == 0 { return [] }
    if let addresses = frames[number] { return name(addresses) }
    return [Frame(name: "[stack not kept]", address: 0, isKernel: isKernel)]
  }
}
