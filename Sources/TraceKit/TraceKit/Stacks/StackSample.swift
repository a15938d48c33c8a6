import CLinux
public import Wire

/// A task and where it was.
public struct StackSide: Sendable {
  public let pid: UInt32
  /// 0 where threads are not told apart.
  public let tid: UInt32
  public let comm: [UInt8]
  /// Innermost first.
  public let kernel: [Frame]
  public let user: [Frame]

  public init(pid: UInt32, tid: UInt32, comm: [UInt8], kernel: [Frame], user: [Frame]) {
    self.pid = pid
    self.tid = tid
    self.comm = comm
    self.kernel = kernel
    self.user = user
  }
}

/// What was counted under one pair of stacks.
public struct StackSample: Sendable {
  public let side: StackSide
  /// Who woke the task; nil where that is not asked or was not seen.
  public let waker: StackSide?
  public let count: UInt64
  /// When it was taken from the programs, on the kernel's clock.
  public let taken: UInt64
  /// In nanoseconds; 0 where no time is measured.
  public let time: UInt64

  public init(
    side: StackSide, waker: StackSide? = nil, count: UInt64, time: UInt64 = 0, taken: UInt64 = 0
  ) {
    self.taken = taken
    self.side = side
    self.waker = waker
    self.count = count
    self.time = time
  }
}

/// Where a runner takes its stacks from: the kernel, or a recording.
public protocol StackSource: AnyObject {
  /// Becomes readable when a process should be looked at; nil for a recording.
  var descriptor: Int32? { get }
  /// Looks at the processes that the programs told of.
  func follow() throws
  /// What was counted since the last time.
  func take() throws -> [StackSample]
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

/// The stacks of a session whose object was made with `lib/stacks.bpf.h`.
public final class StackReader: StackSource {
  private let account: KernelAccount
  private let set: SharedVariable<UInt32>
  private let stacks: [HashMap<UInt64, stack_frames>]
  private let counts: [HashMap<stack_key, stack_count>]
  private let owners: HashMap<stack_owner, UInt32>
  private let news: RingBuffer
  private let symbols: Symbolizer
  private let skipsTracer: Bool
  private var ownersSeen = 0
  /// The addresses of all stacks so far by their numbers: a stack that was taken in
  /// one interval may be counted in another.
  private var frames: [UInt64: [UInt64]] = [:]

  /// How many different pairs of stacks are kept, when that is not told.
  static let defaultRoom = 16_384
  /// Stacks that are remembered beyond the interval in which they were taken.
  private static let framesRoom = 1_000_000
  /// Address spaces that the programs remember.
  private static let ownersRoom = 16_384

  public init(
    _ session: Session, symbols: Symbolizer, skipsTracer: Bool
  ) throws(BPFError) {
    account = try KernelAccount(session)
    let object = session.object
    set = try object.variable("stack_set", as: UInt32.self)
    stacks = [try HashMap("stacks_even", in: object), try HashMap("stacks_odd", in: object)]
    counts = [
      try HashMap("stack_counts_even", in: object), try HashMap("stack_counts_odd", in: object),
    ]
    owners = try HashMap("stack_owners", in: object)
    news = try RingBuffer("stack_news", in: object)
    self.symbols = symbols
    self.skipsTracer = skipsTracer
  }

  public var descriptor: Int32? { news.descriptor }

  public func follow() throws {
    _ = try news.drain { bytes in
      let owner = bytes.unsafeLoadUnaligned(as: stack_owner.self)
      symbols.look(at: AddressSpace(owner))
      ownersSeen += 1
      return true
    }
    guard ownersSeen > Self.ownersRoom / 2 else { return }
    // Those that live are told of again.
    ownersSeen = 0
    _ = try? owners.drain()
  }

  public func take() throws -> [StackSample] {
    let full = set.value & 1
    if account.isOpen {
      set.value = 1 - full
      // A program that began before may still write the set that is to be read.
      linux_wait_for_programs()
    }
    try follow()
    symbols.lookAgain()
    let counted = try counts[Int(full)].drain()
    if frames.count > Self.framesRoom { frames = [:] }
    for (number, stack) in try stacks[Int(full)].drain() {
      frames[number] = withUnsafeBytes(of: stack.frames) {
        Array($0.bindMemory(to: UInt64.self).prefix(Int(min(stack.depth, UInt64(STACK_DEPTH)))))
      }
    }
    let now = EventClock.now
    defer { symbols.forgetGone() }
    return counted.map { key, count in
      StackSample(
        side: side(key.side),
        waker: key.waker.comm.0 == 0 ? nil : side(key.waker),
        count: count.count, time: count.nanoseconds, taken: now)
    }
  }

  private func side(_ side: stack_side) -> StackSide {
    StackSide(
      pid: side.pid, tid: side.tid,
      comm: withUnsafeBytes(of: side.comm) { Array($0.upToNUL) },
      kernel: frames(side.kernel, isKernel: true) {
        symbols.kernel($0, skipsTracer: skipsTracer)
      },
      user: frames(side.user, isKernel: false) {
        symbols.user($0, in: AddressSpace(side.owner))
      })
  }

  private func frames(
    _ number: UInt64, isKernel: Bool, name: ([UInt64]) -> [Frame]
  ) -> [Frame] {
    if number == 0 { return [] }
    if let addresses = frames[number] { return name(addresses) }
    return [Frame(name: "[stack not kept]", address: 0, isKernel: isKernel)]
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger { try account.ledger() }
}

extension AddressSpace {
  /// That of an event whose program filled it by `lib/stack_owner.bpf.h`.
  public init(_ owner: stack_owner) {
    self.init(pid: owner.pid, generation: owner.generation)
  }
}

extension OpenObject {
  /// Sets how many stacks an object made with `lib/stacks.bpf.h` keeps.
  ///
  /// - Parameter isRepeated: they are read while they are counted.
  mutating func setStackRoom(_ room: Int, isRepeated: Bool) throws(BPFError) {
    for (set, room) in [("even", room), ("odd", isRepeated ? room : 1)] {
      try setMaxEntries(of: "stacks_\(set)", to: room)
      try setMaxEntries(of: "stack_counts_\(set)", to: room)
    }
  }
}
