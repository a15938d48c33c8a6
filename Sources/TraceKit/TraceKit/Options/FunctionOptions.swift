/// The options of a tool that measures functions which it is told.
public final class FunctionOptions<Letters: OptionLetters>: ParsableArguments, HistogramSettings {
  @Argument(
    help: "A function of the kernel, LIBRARY:FUNCTION, /PATH:FUNCTION, or :FUNCTION with --pid.")
  public var function: String?

  @OptionGroup var summaries: SummaryInterval

  @Flag(name: [.customShort("T"), .long], help: "Print the time over each summary.")
  public var timestamp = false

  @Flag(
    name: [.customShort("u"), .long], help: "Count in microseconds instead of nanoseconds.")
  var microseconds = false

  @Flag(name: .shortAndLong, help: "Count in milliseconds instead of nanoseconds.")
  var milliseconds = false

  @Flag(name: .shortAndLong, help: "The function is a regular expression, not a wildcard.")
  public var regexp = false

  @Flag(help: "Print p50, p90, p99 and the maximum under each histogram.")
  public var percentiles = false

  @Flag(help: "Print the average, the total and the count under each histogram.")
  public var `extension` = false

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  public init() {}

  public func validate() throws {
    if microseconds, milliseconds {
      throw ValidationError("--microseconds and --milliseconds cannot be combined.")
    }
    if function == nil, !run.check, !run.usage, !run.version {
      throw ValidationError("a function is missing.")
    }
  }

  public var seconds: Double? { summaries.seconds }
  public var times: Int? { summaries.count }

  public var unit: HistogramUnit {
    milliseconds ? .milliseconds : microseconds ? .microseconds : .nanoseconds
  }
}
