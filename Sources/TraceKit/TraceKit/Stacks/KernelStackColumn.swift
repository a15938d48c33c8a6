public import Wire

extension StackDepth {
  /// How the programs of a tool that always shows the kernel's stack take it.
  public var kernelStacks: stack_config { stack_config(kernel: true, user: false, depth: frames) }
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
