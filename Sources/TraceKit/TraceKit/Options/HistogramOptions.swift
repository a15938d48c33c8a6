/// What a tool that prints distributions is told, by whatever options.
public protocol HistogramSettings<Letters> {
  associatedtype Letters: OptionLetters
  var seconds: Double? { get }
  var times: Int? { get }
  var timestamp: Bool { get }
  var unit: HistogramUnit { get }
  var percentiles: Bool { get }
  var `extension`: Bool { get }
  var filter: FilterOptions<Letters> { get }
  var run: RunOptions<Letters> { get }
}

/// The options of a tool that prints distributions.
public final class HistogramOptions<Letters: OptionLetters>: ParsableArguments, HistogramSettings {
  @Argument(
    help: "Print a summary at this interval in seconds instead of one at the end.",
    transform: Parse.seconds)
  var interval: Double?

  @Argument(help: "End after so many summaries.", transform: Parse.count)
  var count: Int?

  @Option(
    name: .customLong("interval"), parsing: .unconditional,
    help: "The interval, as the first argument.", transform: Parse.seconds)
  var intervalOption: Double?

  @Option(
    name: .customLong("count"), parsing: .unconditional,
    help: "The number of summaries, as the second argument.", transform: Parse.count)
  var countOption: Int?

  @Flag(name: [.customShort("T"), .long], help: "Print the time over each summary.")
  public var timestamp = false

  @Flag(name: .shortAndLong, help: "Count in milliseconds instead of microseconds.")
  public var milliseconds = false

  @Flag(help: "Print p50, p90, p99 and the maximum under each histogram.")
  public var percentiles = false

  @Flag(
    name: spelled(Letters.extension, "extension"),
    help: "Print the average, the total and the count under each histogram.")
  public var `extension` = false

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}

  public func validate() throws {
    if interval != nil, intervalOption != nil {
      throw ValidationError("The interval is given twice.")
    }
    if times != nil, seconds == nil {
      throw ValidationError("--count needs an interval.")
    }
  }

  public var seconds: Double? { interval ?? intervalOption }
  public var times: Int? { count ?? countOption }
  public var unit: HistogramUnit { milliseconds ? .milliseconds : .microseconds }
}
