/// The options of a tool that measures given functions.
public final class FunctionOptions<Letters: OptionLetters>: ParsableArguments,
  DistributionOfTimes
{
  @Argument(
    help: "A kernel function, LIBRARY:FUNCTION, /PATH:FUNCTION, or :FUNCTION with --pid.")
  public var function: String?

  @OptionGroup var units: TimeUnitOptions

  @Flag(name: .shortAndLong, help: "Treat the function as a regular expression, not as a wildcard.")
  public var regexp = false

  @OptionGroup public var distribution: RegularDistributionOptions<Letters>

  public init() {}

  public func validate() throws {
    if function == nil, !run.onlyAnswers {
      throw ValidationError("The function is missing.")
    }
  }

  public var unit: HistogramUnit { units.unit }

  /// How many nanoseconds the unit has.
  public var divisor: UInt32 { units.divisor }
}

/// The unit of a tool that measures nanoseconds by default.
public final class TimeUnitOptions: ParsableArguments {
  @Flag(
    name: [.customShort("u"), .long], help: "Count in microseconds instead of nanoseconds.")
  var microseconds = false

  @Flag(name: .shortAndLong, help: "Count in milliseconds instead of nanoseconds.")
  var milliseconds = false

  public init() {}

  public func validate() throws {
    if microseconds, milliseconds {
      throw ValidationError("--microseconds and --milliseconds cannot be combined.")
    }
  }

  public var unit: HistogramUnit {
    milliseconds ? .milliseconds : microseconds ? .microseconds : .nanoseconds
  }

  /// How many nanoseconds the unit has.
  public var divisor: UInt32 { milliseconds ? 1_000_000 : microseconds ? 1000 : 1 }
}
