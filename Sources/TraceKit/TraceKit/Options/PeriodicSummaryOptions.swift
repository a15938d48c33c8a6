/// How often a tool prints a table, and how many, where its arguments say something else and
/// it prints one every second by default.
public final class PeriodOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Print a summary at this interval in seconds.", transform: Parse.seconds)
  var interval: Double = 1

  @Option(parsing: .unconditional, help: "Stop after this many summaries.", transform: Parse.count)
  var count: Int?

  public init() {}
}

/// The options of a tool that prints a table at such intervals.
public final class PeriodicSummaryOptions<Letters: OptionLetters>: ParsableArguments,
  SummarySettings
{
  @OptionGroup var period: PeriodOptions
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public var seconds: Double? { period.interval }
  public var times: Int? { period.count }
  public var limit: Int { .max }
}

/// The same of a tool whose events belong to no task, so that there is nothing to filter by.
public final class TasklessSummaryOptions<Letters: OptionLetters>: ParsableArguments,
  SummarySettings
{
  @OptionGroup var period: PeriodOptions
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  /// All tasks pass.
  public var filter: FilterOptions<Letters> { FilterOptions.parseOrExit([]) }

  public var seconds: Double? { period.interval }
  public var times: Int? { period.count }
  public var limit: Int { .max }
}
