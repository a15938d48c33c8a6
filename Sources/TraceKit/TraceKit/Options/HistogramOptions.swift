/// What a tool that prints distributions is told, by whatever options.
public protocol HistogramSettings<Letters> {
  associatedtype Letters: OptionLetters
  var seconds: Double? { get }
  var times: Int? { get }
  var timestamp: Bool { get }
  var percentiles: Bool { get }
  var `extension`: Bool { get }
  var filter: FilterOptions<Letters> { get }
  var run: RunOptions<Letters> { get }
  var recording: RecordingOptions { get }
}

/// The same of a tool that measures times.
public protocol TimeHistogramSettings: HistogramSettings {
  var unit: HistogramUnit { get }
}

/// The same, made of the settings of any distribution.
public protocol DistributionOfTimes: TimeHistogramSettings {
  associatedtype Distribution: HistogramSettings<Letters>
  var distribution: Distribution { get }
}

extension DistributionOfTimes {
  public var seconds: Double? { distribution.seconds }
  public var times: Int? { distribution.times }
  public var timestamp: Bool { distribution.timestamp }
  public var percentiles: Bool { distribution.percentiles }
  public var `extension`: Bool { distribution.extension }
  public var filter: FilterOptions<Letters> { distribution.filter }
  public var run: RunOptions<Letters> { distribution.run }
  public var recording: RecordingOptions { distribution.recording }
}

/// How often a tool prints a summary, and how many, by whatever options.
public protocol SummaryIntervals: ParsableArguments {
  var seconds: Double? { get }
  var times: Int? { get }
}

/// The options of a tool that prints distributions.
public typealias DistributionOptions<Letters: OptionLetters> =
  DistributionSettings<Letters, IntervalOptions>

/// The same where arguments, if there are any, say something else than how often.
public typealias RegularDistributionOptions<Letters: OptionLetters> =
  DistributionSettings<Letters, SummaryInterval>

/// The options of a tool that prints distributions, at whatever intervals.
public final class DistributionSettings<Letters: OptionLetters, Intervals: SummaryIntervals>:
  ParsableArguments, HistogramSettings, SummarySettings
{
  @OptionGroup var intervals: Intervals

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each summary.")
  public var timestamp = false

  @Flag(help: "Print p50, p90, p99 and the maximum under each histogram.")
  public var percentiles = false

  @Flag(
    name: spelled(Letters.extension, "extension"),
    help: "Print the average, the total and the count under each histogram.")
  public var `extension` = false

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public func validate() throws {
    if intervals.times != nil, intervals.seconds == nil {
      throw ValidationError("--count needs an interval.")
    }
  }

  public var seconds: Double? { intervals.seconds }
  public var times: Int? { intervals.times }
  public var limit: Int { .max }
}

/// The options of a tool that prints distributions of times.
public final class HistogramOptions<Letters: OptionLetters>: ParsableArguments,
  DistributionOfTimes
{
  @Flag(name: .shortAndLong, help: "Count in milliseconds instead of microseconds.")
  public var milliseconds = false

  @OptionGroup public var distribution: DistributionOptions<Letters>

  public init() {}

  public var unit: HistogramUnit { milliseconds ? .milliseconds : .microseconds }
}
