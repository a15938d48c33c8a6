public import BPF
public import Wire

/// The options of a tool that looks for orders of locks that can wait for each other.
public final class LockOrderOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @Option(
    help: "Trace the locks of this library or program instead of those that the process maps.",
    completion: .file())
  var binary: String?

  @Option(
    name: .customLong("dump-graph"), help: "Write the graph of lock orders to this file.",
    completion: .file())
  public var dumpGraph: String?

  @Option(
    name: .customLong("lock-symbols"), parsing: .unconditional,
    help: "Trace these functions, separated by commas, instead of those of the C library.",
    transform: LockFunctions.names)
  var lockSymbols: [String]?

  @Option(
    name: .customLong("unlock-symbols"), parsing: .unconditional,
    help: "The functions that release what --lock-symbols acquire.",
    transform: LockFunctions.names)
  var unlockSymbols: [String]?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Follow at most this many threads that hold locks.", transform: LockFunctions.room)
  public var threads = 16_384

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Keep at most this many orders of two locks.", transform: LockFunctions.room)
  public var edges = 65_536

  @Option(
    name: [.customShort("s"), .customLong("stacktraces")], parsing: .unconditional,
    help: "Keep at most this many different stacks.", transform: LockFunctions.room)
  public var stackTraces = 16_384

  @Flag(help: "Go on after the first cycle, and show each that a new order closes.")
  public var all = false

  @OptionGroup var depth: StackDepth
  @OptionGroup var unwinding: UnwindOptions
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public func validate() throws {
    if (lockSymbols == nil) != (unlockSymbols == nil) {
      throw ValidationError("--lock-symbols and --unlock-symbols need each other.")
    }
  }

  public var seconds: Double? { 1 }
  public var times: Int? { nil }
  public var limit: Int { .max }

  public var stackConfiguration: stack_config { depth.userStacks(taken: true) }

  /// Sets how many stacks are kept, and how they are taken.
  public func setUpStacks(_ object: inout OpenObject) throws(BPFError) {
    try object.setKeptStacks(stackTraces)
    try object.setUnwinding(unwinding, isInPrograms: true)
  }

  /// Whether the locks are those of the C library, not functions of a program's own.
  public var tracesCLibrary: Bool { lockSymbols == nil }

  /// Where locks are acquired and released.
  public func probes(command: [String]?) throws -> [Probe] {
    try LockFunctions.probes(
      locking: lockSymbols, unlocking: unlockSymbols, in: binary, filter, command: command,
      isTried: run.onlyAnswers)
  }
}
