/// The options of a tool that prints a row of numbers, or all rows of a table, at each
/// interval.
public final class SampleOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @OptionGroup public var intervals: IntervalOptions

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each summary.")
  public var timestamp = false

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public var seconds: Double? { intervals.seconds }
  public var times: Int? { intervals.times }
  public var limit: Int { .max }
}
