/// The options of a tool that prints a table of what it counted.
public final class SummaryOptions<Letters: OptionLetters>: ParsableArguments {
  @OptionGroup var summaries: SummaryInterval

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "Print so many rows of each summary, the first ones.", transform: Parse.count)
  var top = 10

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}
}
