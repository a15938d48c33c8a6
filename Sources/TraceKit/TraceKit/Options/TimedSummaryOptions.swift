/// How long a tool counts if nobody says it.
public protocol SummaryLength {
  /// Nil: until it is interrupted.
  static var seconds: Double? { get }
  static var help: ArgumentHelp { get }
}

/// The options of a tool that is told as an argument how long it counts, and prints a table
/// then, or at intervals.
public final class TimedSummaryOptions<Letters: OptionLetters, Length: SummaryLength>:
  ParsableArguments, SummarySettings
{
  @Argument(help: Length.help, transform: Parse.seconds)
  var length: Double?

  @OptionGroup var intervals: SummaryInterval
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  private var isEndless: Bool { run.commandLine != nil || run.duration != nil }

  private var end: Double? {
    length ?? (isEndless || intervals.seconds != nil ? nil : Length.seconds)
  }

  public var seconds: Double? { intervals.seconds ?? end }

  public var times: Int? {
    guard let interval = intervals.seconds else { return end == nil ? nil : 1 }
    return intervals.times ?? length.map { Int(max(1, ($0 / interval).rounded(.up))) }
  }

  public var limit: Int { .max }
}
