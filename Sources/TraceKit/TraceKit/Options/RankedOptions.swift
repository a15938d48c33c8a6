/// What a tool that prints a table of the greatest at each interval is told, by whatever
/// options.
public protocol RankedSettings<Letters> {
  associatedtype Letters: OptionLetters
  var display: RankedDisplay { get }
  var filter: FilterOptions<Letters> { get }
  var run: RunOptions<Letters> { get }
  var recording: RecordingOptions { get }
}

/// How such tables are printed.
public final class RankedDisplay: ParsableArguments {
  @OptionGroup var intervals: IntervalOptions

  @Flag(name: [.customShort("C"), .long], help: "Do not clear the screen, and do not read keys.")
  var noclear = false

  @Option(
    name: [.customShort("r"), .customLong("rows"), .customLong("maxrows")],
    parsing: .unconditional,
    help: "Print at most this many rows (default: 20, or all in JSON and CSV).",
    transform: Parse.count)
  var rows: Int?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Sort rows by this.")
  var sort: String?

  public init() {}

  var seconds: Double? { intervals.seconds }
  var times: Int? { intervals.times }

  /// Uses the order that another option of the tool names.
  public func sort(by order: String) { sort = order }
}

/// The options of a tool that prints such tables.
public final class RankedOptions<Letters: OptionLetters>: ParsableArguments, RankedSettings {
  @OptionGroup public var display: RankedDisplay
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}
}

/// The same of a tool whose events belong to no task, so that there is nothing to filter by.
public final class TasklessRankedOptions<Letters: OptionLetters>: ParsableArguments,
  RankedSettings
{
  @OptionGroup public var display: RankedDisplay
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  /// All tasks pass.
  public var filter: FilterOptions<Letters> { FilterOptions.parseOrExit([]) }
}
