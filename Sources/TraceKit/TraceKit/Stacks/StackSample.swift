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
  /// It is no task.
  public let isInterrupt: Bool

  public init(
    pid: UInt32, tid: UInt32, comm: [UInt8], kernel: [Frame], user: [Frame],
    isInterrupt: Bool = false
  ) {
    self.isInterrupt = isInterrupt
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
  private let store: StackStore
  private let counts: [HashMap<stack_key, stack_count>]

  /// How many different pairs of stacks are kept, when that is not told.
  static let defaultRoom = 16_384

  public init(
    _ session: Session, symbols: Symbolizer, skipsTracer: Bool
  ) throws(BPFError) {
    account = try KernelAccount(session)
    let object = session.object
    counts = [
      try HashMap("stack_counts_even", in: object), try HashMap("stack_counts_odd", in: object),
    ]
    store = try StackStore(object, symbols: symbols, skipsTracer: skipsTracer)
  }

  public var descriptor: Int32? { store.descriptor }

  public func follow() throws { try store.follow() }

  public func take() throws -> [StackSample] {
    try store.take(whileOpen: account.isOpen) { full in
      let now = EventClock.now
      return try (counts[full].drain(), now)
    } named: { counted, now in
      let sides = counted.flatMap { [$0.key.side, $0.key.waker] }
        .filter { $0.user != STACK_OF_INTERRUPT }
      store.prepareNames(of: sides.map { StackReference($0.user, of: $0.owner) })
      let samples = counted.map { key, count in
        StackSample(
          side: side(key.side),
          waker: key.waker.comm.0 == 0 ? nil : side(key.waker),
          count: count.count, time: count.nanoseconds, taken: now)
      }
      return StackSample.joiningInterrupts(samples)
    }
  }

  private func side(_ side: stack_side) -> StackSide {
    let kernel = store.kernelFrames(of: side.kernel)
    let isOfInterrupt = side.user == STACK_OF_INTERRUPT
    if isOfInterrupt, let interrupt = StackSide(interrupt: kernel) { return interrupt }
    return StackSide(
      pid: side.pid, tid: side.tid,
      comm: withUnsafeBytes(of: side.comm) { Array($0.upToNUL) }, kernel: kernel,
      user: isOfInterrupt ? [] : store.userFrames(of: side.user, in: side.owner))
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
  /// Sets how many stacks an object made with `lib/stack_store.bpf.h` keeps, and how many
  /// entries the maps have in which what is counted by them is.
  ///
  /// - Parameters:
  ///   - isRepeated: they are read while they are counted.
  ///   - maps: their names, without the set.
  mutating func setStackRoom(
    _ room: Int, isRepeated: Bool, maps: [String] = ["stack_counts"]
  ) throws(BPFError) {
    for (set, room) in [("even", room), ("odd", isRepeated ? room : 1)] {
      for map in ["stacks"] + maps { try setMaxEntries(of: "\(map)_\(set)", to: room) }
    }
  }
}
