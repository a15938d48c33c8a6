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
  /// The events of samples that were left out the last time.
  var leftOut: UInt64 { get }
  /// Ends the counting; what was counted can still be taken.
  func stop()
  func ledger() throws -> Ledger
}

extension StackSource {
  public var leftOut: UInt64 { 0 }
}

/// The stacks of a session whose object was made with `lib/stacks.bpf.h`.
public final class StackReader: StackSource {
  private let account: KernelAccount
  private let store: StackStore
  private let counts: [HashMap<stack_key, stack_count>]
  private let samplePeriod: UInt64?
  /// What sets had that were emptied since the samples were last taken.
  private var pending: [StackKey: stack_count] = [:]
  /// How often one was counted for which there was no room there.
  private var dropped: UInt64 = 0

  /// How many different pairs of stacks are kept, when that is not told.
  static let defaultRoom = 16_384
  /// How many are kept between two summaries, in the memory of this process.
  private static let pendingRoom = 1 << 20

  public convenience init(
    _ session: Session, symbols: Symbolizer, skipsTracer: Bool
  ) throws(BPFError) {
    try self.init(session, symbols: symbols, tables: nil, skipsTracer: skipsTracer)
  }

  init(
    _ session: Session, symbols: Symbolizer, tables: UnwindTables?, skipsTracer: Bool,
    samplePeriod: UInt64? = nil
  ) throws(BPFError) {
    self.samplePeriod = samplePeriod
    account = try KernelAccount(session)
    let object = session.object
    counts = [
      try HashMap("stack_counts_even", in: object), try HashMap("stack_counts_odd", in: object),
    ]
    store = try StackStore(
      object, symbols: symbols, tables: tables, skipsTracer: skipsTracer)
  }

  public var descriptor: Int32? { store.descriptor }

  /// Looks at the processes that the programs told of, and empties a set that is filling.
  public func follow() throws {
    try store.follow()
    guard store.isFilling else { return }
    keep(try store.empty(whileOpen: account.isOpen) { try counts[$0].drain() })
  }

  private func keep(_ counted: [(key: stack_key, value: stack_count)]) {
    for (key, count) in counted {
      let key = StackKey(key)
      if let known = pending[key] {
        pending[key] = stack_count(
          count: known.count + count.count, nanoseconds: known.nanoseconds + count.nanoseconds)
      } else if pending.count < Self.pendingRoom {
        pending[key] = count
      } else {
        dropped += count.count
      }
    }
  }

  public func take() throws -> [StackSample] {
    try store.take(whileOpen: account.isOpen) { full in
      let now = EventClock.now
      keep(try counts[full].drain())
      defer { pending = [:] }
      return (pending.map { (key: $0.key.key, count: $0.value) }, now)
    } named: { counted, now in
      let sides = counted.flatMap { [$0.key.side, $0.key.waker] }
        .filter { $0.user != STACK_OF_INTERRUPT }
      store.prepareNames(of: sides.map { StackReference($0.user, of: $0.owner) })
      let samples = counted.map { key, count in
        StackSample(
          side: side(key.side),
          waker: key.waker.comm.0 == 0 ? nil : side(key.waker),
          count: count.count,
          time: samplePeriod.map { count.count * $0 } ?? count.nanoseconds, taken: now)
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

  public func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.mapFull += dropped
    return ledger
  }
}

/// What samples are counted by, by its bytes.
private struct StackKey: Hashable {
  let key: stack_key

  init(_ key: stack_key) {
    self.key = key
  }

  static func == (left: StackKey, right: StackKey) -> Bool {
    withUnsafeBytes(of: left.key) { left in
      withUnsafeBytes(of: right.key) { left.elementsEqual($0) }
    }
  }

  func hash(into hasher: inout Hasher) {
    withUnsafeBytes(of: key) { hasher.combine(bytes: $0) }
  }
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

  /// Sets the same for a reader that empties a set before it is full, so that each has
  /// half of the room. Few would fill before that.
  mutating func setStackRoom(emptied room: Int) throws(BPFError) {
    let each = room / 2
    guard each >= 1024 else { return try setStackRoom(room, isRepeated: true) }
    try setStackRoom(each, isRepeated: true)
    try setVariable("stack_set_enough", to: UInt32(each / 2))
  }
}
