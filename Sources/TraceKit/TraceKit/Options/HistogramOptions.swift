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
  @OptionGroup var intervals: IntervalOptions

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each summary.")
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
    if intervals.times != nil, intervals.seconds == nil {
      throw ValidationError("--count needs an interval.")
    }
  }

  public var seconds: Double? { intervals.seconds }
  public var times: Int? { intervals.times }
  public var unit: HistogramUnit { milliseconds ? .milliseconds : .microseconds }
}
