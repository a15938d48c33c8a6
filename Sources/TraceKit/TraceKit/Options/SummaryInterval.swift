/// How often a tool prints a summary, and how many, where its arguments say something
/// else.
public final class SummaryInterval: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Print a summary at this interval in seconds; 0: one at the end.",
    transform: Parse.interval)
  var interval: Double?

  @Option(parsing: .unconditional, help: "End after so many summaries.", transform: Parse.count)
  var count: Int?

  public init() {}

  public func validate() throws {
    if count != nil, seconds == nil { throw ValidationError("--count needs an interval.") }
  }

  /// Nil: one at the end.
  var seconds: Double? { interval == 0 ? nil : interval }
}
