import Wire

/// What was counted by pairs of stacks. Programs and their threads are few, pairs are many.
struct StackSums {
  /// Whose stacks these are.
  struct Task: Hashable {
    let generation: UInt64
    let ownerPID: UInt32
    let pid: UInt32
    let tid: UInt32
    private let first: UInt64
    private let second: UInt64

    init(_ side: stack_side) {
      (generation, ownerPID) = (side.owner.generation, side.owner.pid)
      (pid, tid) = (side.pid, side.tid)
      (first, second) = withUnsafeBytes(of: side.comm) {
        ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      }
    }

    var owner: stack_owner { stack_owner(generation: generation, pid: ownerPID, padding: 0) }
    /// Up to a NUL.
    var comm: (UInt64, UInt64) { (first, second) }
  }

  /// The numbers of the stacks of a task.
  struct Side: Hashable {
    let kernel: UInt64
    let user: UInt64
    let task: UInt32
  }

  struct Key: Hashable {
    private let kernel: UInt64
    private let user: UInt64
    private let wakerKernel: UInt64
    private let wakerUser: UInt64
    private let task: UInt32
    private let wakerTask: UInt32

    init(_ side: Side, waker: Side?) {
      (kernel, user, task) = (side.kernel, side.user, side.task)
      (wakerKernel, wakerUser) = (waker?.kernel ?? 0, waker?.user ?? 0)
      wakerTask = waker?.task ?? .max
    }

    var side: Side { Side(kernel: kernel, user: user, task: task) }
    var hasWaker: Bool { wakerTask != .max }
    var waker: Side { Side(kernel: wakerKernel, user: wakerUser, task: wakerTask) }
    var sides: [Side] { hasWaker ? [side, waker] : [side] }
  }

  private var allTasks = NumberedSet<Task>()
  private var keys = NumberedSet<Key>()
  private var counts = ChunkedArray<stack_count>()

  var count: Int { keys.count }
  var tasks: [Task] { (0..<allTasks.count).map { allTasks[$0] } }

  subscript(index: Int) -> (key: Key, count: stack_count) { (keys[index], counts[index]) }

  /// Adds to what was counted by a key.
  ///
  /// - Parameter room: for how many keys there is room.
  /// - Returns: whether there was room.
  mutating func add(_ more: stack_count, by key: stack_key, room: Int) -> Bool {
    guard allTasks.count < 2 * room else { return false }
    let waker = key.waker.comm.0 == 0 ? nil : side(key.waker)
    let key = Key(side(key.side), waker: waker)
    if let known = keys.number(of: key) {
      counts[known].count += more.count
      counts[known].nanoseconds += more.nanoseconds
      return true
    }
    guard keys.count < room else { return false }
    _ = keys.insert(key)
    counts.append(more)
    return true
  }

  private mutating func side(_ side: stack_side) -> Side {
    Side(
      kernel: side.kernel, user: side.user, task: UInt32(allTasks.insert(Task(side))))
  }

  /// All stacks of user space, some more than once.
  var userStacks: some Sequence<StackReference> {
    (0..<count).lazy.flatMap { keys[$0].sides }.filter { $0.user != STACK_OF_INTERRUPT }
      .map { StackReference($0.user, of: allTasks[Int($0.task)].owner) }
  }
}
