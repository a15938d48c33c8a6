/// The options of a tool that prints distributions.
public final class HistogramOptions<Letters: OptionLetters>: ParsableArguments {
  @OptionGroup var intervals: IntervalOptions

  @Flag(name: .shortAndLong, help: "Count in milliseconds instead of microseconds.")
  public var milliseconds = false

  @Flag(help: "Print p50, p90, p99 and the maximum under each histogram.")
  var percentiles = false

  @Flag(
    name: spelled(Letters.extension, "extension"),
    help: "Print the average, the total and the count under each histogram.")
  var `extension` = false

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}

  public func validate() throws {
    if intervals.times != nil, intervals.seconds == nil {
      throw ValidationError("--count needs an interval.")
    }
  }
}
