/// What a tool that prints a table of what it counted is told, by whatever options.
public protocol SummarySettings<Letters> {
  associatedtype Letters: OptionLetters
  /// How often it prints a table; nil: at its end.
  var seconds: Double? { get }
  /// Stop after this many tables.
  var times: Int? { get }
  /// Rows of a table beyond so many are left out.
  var limit: Int { get }
  var filter: FilterOptions<Letters> { get }
  var run: RunOptions<Letters> { get }
  var recording: RecordingOptions { get }
}

/// The options of a tool that prints the first rows of a table of what it counted.
public final class SummaryOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @OptionGroup var summaries: SummaryInterval

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Print only this many rows of each summary, the first ones.", transform: Parse.count)
  var top = 10

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public var seconds: Double? { summaries.seconds }
  public var times: Int? { summaries.count }
  public var limit: Int { top }
}
