public import Wire

/// The options of a tool that reports what was acquired and not yet given back, by stacks.
public final class OutstandingOptions<Letters: OptionLetters>: ParsableArguments {
  /// By what stacks are ordered, the greatest first.
  enum Order: String, CaseIterable, ExpressibleByArgument {
    case size, count
  }

  @OptionGroup var intervals: IntervalOptions

  @Flag(
    name: [.customShort("a"), .customLong("show-allocs")],
    help: "Print the address and size of each allocation.")
  var showsBlocks = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: """
      Omit allocations younger than this many milliseconds (default: 500; none is omitted \
      when a command has ended).
      """,
    transform: Parse.milliseconds)
  var older: UInt64?

  @Flag(
    name: [.customShort("C"), .customLong("combined-only")],
    help: "Keep sums per stack only, which takes less to print; --older does not apply.")
  public var combined = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Record one in this many allocations; the numbers are multiplied by it.",
    transform: { try Parse.integer($0, "a rate", in: 1...1_000_000) })
  var sampleRate: UInt32 = 1

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Print only this many stacks (default: 10, or all of them for a flame graph).",
    transform: Parse.count)
  var top: Int?

  @Option(
    name: [.customShort("z"), .long], parsing: .unconditional,
    help: "Ignore allocations smaller than this many bytes.",
    transform: { try Parse.integer($0, "a number of bytes", in: 0...UInt64.max) })
  var minSize: UInt64 = 0

  @Option(
    name: [.customShort("Z"), .long], parsing: .unconditional,
    help: "Ignore allocations larger than this many bytes.",
    transform: { try Parse.integer($0, "a number of bytes", in: 0...UInt64.max) })
  var maxSize: UInt64?

  @Option(help: "Order stacks by size or count.")
  var sort = Order.size

  @Option(
    parsing: .unconditional, help: "Keep at most this many allocations.",
    transform: { try Parse.integer($0, "a number of allocations", in: 1...16_777_216) })
  var maxAllocations: Int = 524_288

  @Flag(name: .shortAndLong, help: "Print one line per stack with its bytes, for flame graphs.")
  var folded = false

  @OptionGroup var files: StackFileOptions

  @OptionGroup var storage: StackStorage
  @OptionGroup public var depth: StackDepth
  @OptionGroup var unwinding: UnwindOptions
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") var recording: RecordingOptions

  public init() {}

  public func validate() throws {
    guard maxSize ?? .max >= minSize else {
      throw ValidationError("--max-size is less than --min-size.")
    }
    if combined, showsBlocks || older != nil {
      throw ValidationError("-C cannot be combined with -a or -o: it keeps no single allocations.")
    }
    if folded, run.json || run.format != nil {
      throw ValidationError("-f cannot be combined with --json or --format.")
    }
  }

  var isDrawn: Bool { folded || files.isGiven }
  var limit: Int { top ?? (isDrawn ? .max : 10) }
  /// Whether rows are written, not only files.
  var writesRows: Bool { !files.isGiven || folded || run.json || run.format != nil }

  /// How the programs record.
  public func wire() -> outstanding_config {
    outstanding_config(
      min_size: minSize, max_size: maxSize ?? .max, sample_rate: sampleRate,
      sums: combined ? 1 : 0)
  }

  /// How the programs take stacks.
  public func stacks(ofKernel: Bool) -> stack_config {
    stack_config(kernel: ofKernel, user: !ofKernel, depth: depth.frames)
  }
}
