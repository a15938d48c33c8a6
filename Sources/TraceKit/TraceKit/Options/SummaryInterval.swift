/// How often a tool prints a summary, and how many, where its arguments say something
/// else.
public final class SummaryInterval: SummaryIntervals {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Print a summary at this interval in seconds; 0 prints one at the end.",
    transform: Parse.interval)
  var interval: Double?

  @Option(parsing: .unconditional, help: "Stop after this many summaries.", transform: Parse.count)
  var count: Int?

  public init() {}

  public func validate() throws {
    if count != nil, seconds == nil { throw ValidationError("--count needs an interval.") }
  }

  /// Nil: one at the end.
  public var seconds: Double? { interval == 0 ? nil : interval }
  public var times: Int? { count }
}
