import Wire

/// The options of a tool that counts by call stacks.
public final class StackOptions<Letters: OptionLetters>: ParsableArguments {
  @Argument(help: "Stop after this many seconds.", transform: Parse.seconds)
  var seconds: Double?

  @Option(
    name: spelled(Letters.interval, "interval"), parsing: .unconditional,
    help: "Print the counts at this interval in seconds, not only at the end.",
    transform: Parse.seconds)
  var interval: Double?

  @Flag(
    name: [.customShort("U"), .customLong("user-stacks-only")],
    help: "Omit kernel frames.")
  var userOnly = false

  @Flag(
    name: [.customShort("K"), .customLong("kernel-stacks-only")],
    help: "Omit user frames.")
  var kernelOnly = false

  @Flag(name: .shortAndLong, help: "Print one line per stack, for flame graphs.")
  var folded = false

  @Flag(name: .shortAndLong, help: "Insert a delimiter between kernel and user frames.")
  var delimited = false

  @Flag(name: .shortAndLong, help: "Mark kernel frames with _[k].")
  var annotations = false

  @Flag(name: [.customShort("A"), .long], help: "Print the address of each frame.")
  var address = false

  @Flag(help: "Print the file and line of user frames, and those of inlined functions.")
  var lines = false

  @OptionGroup var files: StackFileOptions

  @OptionGroup var storage: StackStorage

  @OptionGroup var depth: StackDepth

  @OptionGroup var unwinding: UnwindOptions

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") var recording: RecordingOptions

  public init() {}

  public func validate() throws {
    if userOnly, kernelOnly { throw ValidationError("-U and -K cannot be combined.") }
    if seconds != nil, run.duration != nil {
      throw ValidationError("The duration is given twice.")
    }
    if folded, run.json || run.format != nil {
      throw ValidationError("-f cannot be combined with --json or --format.")
    }
  }

  /// Whether the stacks of a file are drawn too.
  public var drawsAddition: Bool { files.addition != nil }

  var duration: Double? { seconds ?? run.duration }

  /// Whether rows are written, not only files.
  var writesRows: Bool { !files.isGiven || folded || run.json || run.format != nil }

  func style(measuresTime: Bool, wakers: WakerStacks) -> StackStyle {
    var style = StackStyle()
    style.isFolded = folded
    style.isDelimited = delimited
    style.isAnnotated = annotations
    style.showsAddresses = address
    style.measuresTime = measuresTime
    style.wakers = wakers
    return style
  }

  /// How the programs take stacks.
  ///
  /// - Parameter perThread: threads are distinguished.
  public func wire(perThread: Bool) -> stack_config {
    stack_config(kernel: !userOnly, user: !kernelOnly, perThread: perThread, depth: depth.frames)
  }
}
