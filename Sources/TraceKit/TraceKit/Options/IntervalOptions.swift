/// How often a tool prints a summary, and how many.
public final class IntervalOptions: SummaryIntervals {
  @OptionGroup var positional: PositionalIntervals

  @Option(
    name: .customLong("count"), parsing: .unconditional,
    help: "The number of summaries, like the second argument.", transform: Parse.count)
  var countOption: Int?

  public init() {}

  public func validate() throws {
    if positional.count != nil, countOption != nil {
      throw ValidationError("The count is given twice.")
    }
  }

  /// The interval in seconds; nil where none was given.
  public var seconds: Double? { positional.seconds }
  public var times: Int? { positional.count ?? countOption }
}
