/// The options of a tool that prints a row of numbers at each interval.
public final class SampleOptions<Letters: OptionLetters>: ParsableArguments {
  @OptionGroup public var intervals: IntervalOptions

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each summary.")
  public var timestamp = false

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}
}
