/// The options of a tool that prints a table of what it counted.
public final class SummaryOptions<Letters: OptionLetters>: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Print a summary at this interval in seconds; 0: one at the end.",
    transform: Parse.interval)
  var interval: Double?

  @Option(parsing: .unconditional, help: "End after so many summaries.", transform: Parse.count)
  var count: Int?

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Print so many rows of each summary, the first ones.", transform: Parse.count)
  var top = 10

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}

  public func validate() throws {
    if count != nil, seconds == nil { throw ValidationError("--count needs an interval.") }
  }

  var seconds: Double? { interval == 0 ? nil : interval }
}
