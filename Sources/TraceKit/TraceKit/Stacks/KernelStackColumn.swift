public import Wire

extension StackDepth {
  /// How the programs of a tool that always shows the kernel's stack take it.
  public var kernelStacks: stack_config { stack_config(kernel: true, user: false, depth: frames) }
}

extension stack_config {
  /// How the programs take so many frames of the kernel's stack at most.
  public init(kernelFrames depth: UInt32) {
    self.init(kernel: true, user: false, depth: depth)
  }
}

extension Column where Row: ~Copyable & ~Escapable {
  /// The kernel's stack of each event, which in a table is printed below the row.
  ///
  /// - Parameters:
  ///   - tool: the name of the tool, for messages.
  ///   - depth: how much of it was taken.
  ///   - stacks: those of an event.
  public static func kernelStack<Event: BitwiseCopyable>(
    tool: String, _ depth: StackDepth, _ stacks: @escaping @Sendable (Event) -> event_stacks
  ) -> Column where Row == Record<Event> {
    let names = EventStacks(tool: tool, depth: depth.frames)
    return Column("kernel_stack", "", width: 0) {
      $1.stack(names.kernel(of: $0, stacks($0.event)))
    }
  }
}
