public import Wire

/// How much of a stack is taken.
public final class StackDepth: ParsableArguments {
  @Option(
    name: .customLong("perf-max-stack-depth"), parsing: .unconditional,
    help: "Record at most this many frames per stack.",
    transform: { try Parse.integer($0, "a depth", in: 1...UInt32(STACK_DEPTH)) })
  var frames: UInt32 = UInt32(STACK_DEPTH)

  public init() {}

  /// How the programs take stacks of user space alone.
  ///
  /// - Parameter taken: whether they do at all.
  public func userStacks(taken: Bool) -> stack_config {
    stack_config(kernel: false, user: taken, depth: frames)
  }
}

extension stack_config {
  /// - Parameters:
  ///   - kernel: kernel stacks are taken.
  ///   - user: those of user space are.
  ///   - perThread: threads are distinguished.
  ///   - depth: the most frames of a stack.
  init(kernel: Bool, user: Bool, perThread: Bool = false, depth: UInt32) {
    self.init(
      kernel: kernel ? 1 : 0, user: user ? 1 : 0, per_thread: perThread ? 1 : 0,
      depth: depth, proc_namespace: PIDNamespace.own, padding: 0)
  }
}
