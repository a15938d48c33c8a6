import Wire

/// The options of a tool that prints a row for each event.
public final class StreamOptions<Letters: OptionLetters>: ParsableArguments {
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  @Option(
    name: spelled(Letters.maxEvents, "max-events"), parsing: .unconditional,
    help: "Stop after this many rows.", transform: Parse.count)
  var maxEvents: Int?

  @Option(
    name: spelled(Letters.bufferSize, "buffer-size"), parsing: .unconditional,
    help: "Set the minimum size of the ring buffer in bytes (K, M, G).", transform: Parse.bytes)
  var bufferSize: Int?

  public init() {}

  /// Uses the size of the ring buffer that another option of the tool asks for.
  public func useBuffer(ofBytes size: Int) { bufferSize = max(bufferSize ?? 0, size) }
}
