/// The options of a tool that prints a table of the greatest at each interval.
public final class RankedOptions<Letters: OptionLetters>: ParsableArguments {
  @Argument(
    help: "Print a table at this interval in seconds (default: 1).", transform: Parse.seconds)
  var interval: Double?

  @Argument(help: "End after so many tables.", transform: Parse.count)
  var count: Int?

  @Option(
    name: .customLong("interval"), parsing: .unconditional,
    help: "The interval, as the first argument.", transform: Parse.seconds)
  var intervalOption: Double?

  @Option(
    name: .customLong("count"), parsing: .unconditional,
    help: "The number of tables, as the second argument.", transform: Parse.count)
  var countOption: Int?

  @Flag(name: [.customShort("C"), .long], help: "Do not clear the screen, and read no keys.")
  var noclear = false

  @Option(
    name: [.customShort("r"), .customLong("rows"), .customLong("maxrows")],
    parsing: .unconditional,
    help: "Print at most so many rows (default: 20, or all in JSON and CSV).",
    transform: Parse.count)
  var rows: Int?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Put the rows in this order, the greatest first.")
  var sort: String?

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}

  public func validate() throws {
    if interval != nil, intervalOption != nil {
      throw ValidationError("The interval is given twice.")
    }
    if count != nil, countOption != nil {
      throw ValidationError("The count is given twice.")
    }
  }

  var seconds: Double { interval ?? intervalOption ?? 1 }
  var times: Int? { count ?? countOption }
}
