import Wire

/// How the callers of a user function are found.
public final class UnwindOptions: ParsableArguments {
  @Flag(
    name: .customLong("frame-pointers"),
    help: "Follow user stacks by frame pointers alone, which most libraries lack.")
  var byFramePointers = false

  @Option(
    name: .customLong("unwind-tables-size"), parsing: .unconditional,
    help: "Use at most this many megabytes for the tables that replace frame pointers.",
    transform: { try Parse.integer($0, "a number of megabytes", in: 1...4096) })
  var megabytes: Int = 24

  public init() {}

  /// How many rows there is room for; nil where none are used.
  var rows: Int? {
    byFramePointers ? nil : (megabytes << 20) / MemoryLayout<unwind_row>.size
  }
}
