public import Wire

/// The options of a tool that shows the stacks of each event.
public final class EventStackOptions: ParsableArguments {
  @Flag(name: [.customShort("K"), .long], help: "Print the kernel stack of each event.")
  var kernelStack = false

  @Flag(name: [.customShort("U"), .long], help: "Print the user stack of each event.")
  var userStack = false

  @OptionGroup var depth: StackDepth

  @Option(
    name: .customLong("stack-storage-size"), parsing: .unconditional,
    help: "Taken as by libbpf-tools; here stacks go with their events, in no store.",
    transform: { try Parse.integer($0, "a number of stacks", in: 1...1_048_576) })
  var storageSize: Int?

  public init() {}

  /// How the programs take stacks.
  public func wire() -> stack_config {
    stack_config(kernel: kernelStack, user: userStack, depth: depth.frames)
  }

  /// What naming the frames takes.
  public var neededCapabilities: Capabilities { userStack ? Symbolizer.retained : [] }

  /// The columns of the stacks that are asked for, which in the table stand below the row.
  ///
  /// - Parameter stacks: those of an event.
  public func columns<Event>(
    tool: String, _ stacks: @escaping @Sendable (Event) -> event_stacks
  ) -> [Column<Record<Event>>] {
    guard kernelStack || userStack else { return [] }
    let names = EventStacks(tool: tool, depth: depth.frames)
    let kernel = Column<Record<Event>>("kernel_stack", "", width: 0) {
      $1.stack(names.kernel(of: $0, stacks($0.event)))
    }
    let user = Column<Record<Event>>("user_stack", "", width: 0) {
      $1.stack(names.user(of: $0, stacks($0.event)))
    }
    return (kernelStack ? [kernel] : []) + (userStack ? [user] : [])
  }
}
