/// How often a tool prints a summary, and how many, by arguments alone, where the tool's own
/// options have the names of those of others.
public final class PositionalIntervals: SummaryIntervals {
  @Argument(help: "Print a summary at this interval in seconds.", transform: Parse.seconds)
  var interval: Double?

  @Argument(help: "Stop after this many summaries.", transform: Parse.count)
  var count: Int?

  @Option(
    name: .customLong("interval"), parsing: .unconditional,
    help: "The interval, like the first argument.", transform: Parse.seconds)
  var intervalOption: Double?

  public init() {}

  public func validate() throws {
    if interval != nil, intervalOption != nil {
      throw ValidationError("The interval is given twice.")
    }
  }

  /// The interval in seconds; nil where none was given.
  public var seconds: Double? { interval ?? intervalOption }
  public var times: Int? { count }
}
