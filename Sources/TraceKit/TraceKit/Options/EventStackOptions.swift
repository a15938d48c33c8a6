import BPF
public import Wire

/// The options of a tool that shows the stacks of each event.
public final class EventStackOptions: ParsableArguments {
  @Flag(name: [.customShort("K"), .long], help: "Print the kernel stack of each event.")
  var kernelStack = false

  @Flag(name: [.customShort("U"), .long], help: "Print the user stack of each event.")
  var userStack = false

  @OptionGroup var depth: StackDepth

  @OptionGroup var unwinding: UnwindOptions

  @Option(
    name: .customLong("stack-storage-size"), parsing: .unconditional,
    help: "Accepted for compatibility with libbpf-tools; stacks are part of their events.",
    transform: { try Parse.integer($0, "a number of stacks", in: 1...1_048_576) })
  var storageSize: Int?

  /// All of a tool runs in one thread.
  nonisolated(unsafe) private static var names: EventStacks?

  public init() {}

  /// How the programs take stacks.
  public func wire() -> stack_config {
    stack_config(kernel: kernelStack, user: userStack, depth: depth.frames)
  }

  /// The capabilities that naming the frames needs.
  public var neededCapabilities: Capabilities { userStack ? Symbolizer.retained : [] }

  /// The columns of the requested stacks, which in a table are printed below the row.
  ///
  /// - Parameters:
  ///   - tool: the name of the tool, for messages.
  ///   - after: how many bytes of an event come before them.
  ///   - withAddresses: whether each frame has its address.
  ///   - folded: whether a table has a stack in one line, outermost first.
  ///   - stacks: those of an event.
  public func columns<Event>(
    tool: String, after: @escaping @Sendable (Event) -> Int = { _ in 0 },
    withAddresses: Bool = false, folded: Bool = false,
    _ stacks: @escaping @Sendable (Event) -> event_stacks
  ) -> [Column<Record<Event>>] {
    guard kernelStack || userStack else { return [] }
    let names = EventStacks(tool: tool, depth: depth.frames, withAddresses: withAddresses)
    Self.names = names
    let kernel = Column<Record<Event>>("kernel_stack", "", width: 0) {
      $1.stack(names.kernel(of: $0, stacks($0.event), after: after($0.event)), folded: folded)
    }
    let user = Column<Record<Event>>("user_stack", "", width: 0) {
      $1.stack(names.user(of: $0, stacks($0.event), after: after($0.event)), folded: folded)
    }
    return (kernelStack ? [kernel] : []) + (userStack ? [user] : [])
  }

  /// Sets how an object takes user stacks.
  ///
  /// - Parameters:
  ///   - first: the tool's first object, of which another has the tables; nil: this is it.
  ///   - isInPrograms: its hooks are at places in programs.
  func setUp(
    _ object: inout OpenObject, beside first: LoadedObject?, isInPrograms: Bool
  ) throws(BPFError) {
    guard userStack, unwinding.rows != nil else { return }
    try object.setUnwinding(unwinding, isInPrograms: isInPrograms)
    guard let first else { return }
    for map in UnwindTables.maps { try object.share(map: map, of: first) }
  }

  /// Fills the tables of the tool's first object.
  func fill<Letters>(
    _ object: LoadedObject, for filter: FilterOptions<Letters>
  ) throws(BPFError) {
    guard userStack else { return }
    try Self.names?.prepare(object, for: filter)
  }
}
