public import Wire

/// A task and where it was.
public struct StackSide: Sendable {
  public let pid: UInt32
  /// 0 where threads are not told apart.
  public let tid: UInt32
  public let comm: [UInt8]
  /// It is no task.
  public let isInterrupt: Bool
  private let frames: Frames

  private enum Frames {
    case named(kernel: [Frame], user: [Frame])
    case kept(kernel: UInt64, user: UInt64, StackTask)
  }

  public init(
    pid: UInt32, tid: UInt32, comm: [UInt8], kernel: [Frame], user: [Frame],
    isInterrupt: Bool = false
  ) {
    self.isInterrupt = isInterrupt
    self.pid = pid
    self.tid = tid
    self.comm = comm
    frames = .named(kernel: kernel, user: user)
  }

  /// A task whose frames have their names looked up when they are asked for: of a million
  /// stacks these would take gigabytes.
  fileprivate init(_ task: StackTask, kernel: UInt64, user: UInt64) {
    isInterrupt = false
    (pid, tid, comm) = (task.pid, task.tid, task.comm)
    frames = .kept(kernel: kernel, user: user, task)
  }

  /// Innermost first.
  public var kernel: [Frame] {
    switch frames {
    case .named(let kernel, _): kernel
    case .kept(let kernel, _, let task): task.store.kernelFrames(of: kernel)
    }
  }

  /// Innermost first.
  public var user: [Frame] {
    switch frames {
    case .named(_, let user): user
    case .kept(_, let user, let task): task.store.userFrames(of: user, in: task.owner)
    }
  }
}

/// Whose stacks were kept.
private final class StackTask: Sendable {
  /// All of a tool runs in one thread.
  nonisolated(unsafe) let store: StackStore
  let owner: stack_owner
  let pid: UInt32
  let tid: UInt32
  let comm: [UInt8]

  init(_ task: StackSums.Task, _ store: StackStore) {
    self.store = store
    owner = task.owner
    (pid, tid) = (task.pid, task.tid)
    comm = withUnsafeBytes(of: task.comm) { Array($0.upToNUL) }
  }
}

/// What was counted under one pair of stacks.
public struct StackSample: Sendable {
  public let side: StackSide
  /// Who woke the task; nil where that is not asked or was not seen.
  public var waker: StackSide? { wakers.first }
  /// Few have one, which would take as much room as all else.
  private let wakers: [StackSide]
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
    wakers = waker.map { [$0] } ?? []
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
  /// What was counted since the last time. The frames of the samples can be asked for until
  /// the next call.
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
  /// What was counted since the samples were last taken.
  private var sums = StackSums()
  /// How often one was counted for which there was no room there.
  private var dropped: UInt64 = 0

  /// How many different pairs of stacks are kept, when that is not told.
  static let defaultRoom = 16_384
  /// How many are kept between two summaries, in the memory of this process.
  private static let sumsRoom = 1 << 20

  public convenience init(
    _ session: Session, symbols: Symbolizer, skipsTracer: Bool
  ) throws(BPFError) {
    try self.init(session, symbols: symbols, tables: nil, skipsTracer: skipsTracer)
  }

  /// - Parameter absences: the map of what is not counted yet, by thread: since when, and the
  ///   key by which it will be; nil where there is none.
  init(
    _ session: Session, symbols: Symbolizer, tables: UnwindTables?, skipsTracer: Bool,
    samplePeriod: UInt64? = nil, absences: String? = nil
  ) throws(BPFError) {
    self.samplePeriod = samplePeriod
    account = try KernelAccount(session)
    let object = session.object
    counts = [
      try HashMap("stack_counts_even", in: object), try HashMap("stack_counts_odd", in: object),
    ]
    var use = StackStore.Use.once
    if let absences {
      let kept = try HashMap<UInt32, (UInt64, stack_key)>(absences, in: object)
      use = .whileKept {
        try kept.entries().flatMap { _, absence in
          [absence.1.side, absence.1.waker].flatMap { [$0.kernel, $0.user] }
        }
      }
    }
    store = try StackStore(
      object, symbols: symbols, tables: tables, skipsTracer: skipsTracer, use: use)
  }

  public var descriptor: Int32? { store.descriptor }

  /// Looks at the processes that the programs told of, and empties a set that is filling.
  public func follow() throws {
    try store.follow()
    guard store.isFilling else { return }
    try store.empty(whileOpen: account.isOpen, counted: sum)
  }

  private func sum(_ set: Int) throws {
    try counts[set].drain { key, count in
      if !sums.add(count, by: key, room: Self.sumsRoom) { dropped += count.count }
    }
  }

  public func take() throws -> [StackSample] {
    try store.take(whileOpen: account.isOpen) { full in
      let now = EventClock.now
      try sum(full)
      return now
    } named: { now in
      defer { sums = StackSums() }
      store.prepareNames(of: sums.userStacks)
      let tasks = sums.tasks.map { StackTask($0, store) }
      var samples: [StackSample] = []
      samples.reserveCapacity(sums.count)
      for index in 0..<sums.count {
        let (key, count) = sums[index]
        for side in key.sides {
          store.count(side.kernel, times: count.count)
          if side.user != STACK_OF_INTERRUPT { store.count(side.user, times: count.count) }
        }
        samples.append(
          StackSample(
            side: side(key.side, tasks), waker: key.hasWaker ? side(key.waker, tasks) : nil,
            count: count.count,
            time: samplePeriod.map { count.count * $0 } ?? count.nanoseconds, taken: now))
      }
      return StackSample.joiningInterrupts(samples)
    }
  }

  private func side(_ side: StackSums.Side, _ tasks: [StackTask]) -> StackSide {
    let task = tasks[Int(side.task)]
    guard side.user == STACK_OF_INTERRUPT else {
      return StackSide(task, kernel: side.kernel, user: side.user)
    }
    return StackSide(interrupt: store.kernelFrames(of: side.kernel))
      ?? StackSide(task, kernel: side.kernel, user: 0)
  }

  public func stop() { account.stop() }

  public func ledger() throws -> Ledger {
    var ledger = try account.ledger()
    ledger.mapFull += dropped + store.missing
    return ledger
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
