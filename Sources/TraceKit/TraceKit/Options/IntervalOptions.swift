/// How often a tool prints a summary, and how many.
public final class IntervalOptions: SummaryIntervals {
  @Argument(help: "Print a summary at this interval in seconds.", transform: Parse.seconds)
  var interval: Double?

  @Argument(help: "Stop after this many summaries.", transform: Parse.count)
  var count: Int?

  @Option(
    name: .customLong("interval"), parsing: .unconditional,
    help: "The interval, like the first argument.", transform: Parse.seconds)
  var intervalOption: Double?

  @Option(
    name: .customLong("count"), parsing: .unconditional,
    help: "The number of summaries, like the second argument.", transform: Parse.count)
  var countOption: Int?

  public init() {}

  public func validate() throws {
    if interval != nil, intervalOption != nil {
      throw ValidationError("The interval is given twice.")
    }
    if count != nil, countOption != nil {
      throw ValidationError("The count is given twice.")
    }
  }

  /// The interval in seconds; nil where none was given.
  public var seconds: Double? { interval ?? intervalOption }
  public var times: Int? { count ?? countOption }
}
