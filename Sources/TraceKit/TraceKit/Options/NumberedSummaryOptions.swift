/// The options of a tool that prints a table at such intervals, so many of them.
public final class NumberedSummaryOptions<Letters: OptionLetters>: ParsableArguments,
  SummarySettings
{
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Print a summary at this interval in seconds.", transform: Parse.seconds)
  var interval: Double = 1

  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "Stop after this many summaries.",
    transform: Parse.count)
  var number: Int?

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public var seconds: Double? { interval }
  public var times: Int? { number }
  public var limit: Int { .max }
}
