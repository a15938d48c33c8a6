/// The options of a tool that prints a table of the greatest at each interval.
public final class RankedOptions<Letters: OptionLetters>: ParsableArguments {
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

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}

  var seconds: Double { intervals.seconds ?? 1 }
  var times: Int? { intervals.times }
}
