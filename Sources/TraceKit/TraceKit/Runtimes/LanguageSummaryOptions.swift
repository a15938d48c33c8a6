/// The options of a tool that counts what programs in some languages do, and prints tables of
/// it.
public final class LanguageSummaryOptions<Letters: OptionLetters>: ParsableArguments,
  SummarySettings
{
  @OptionGroup var target: LanguageOptions
  @OptionGroup var intervals: PositionalIntervals
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public var seconds: Double? { intervals.seconds }
  public var times: Int? { intervals.times }
  public var limit: Int { .max }

  /// The language that was named; nil: that of the process.
  public var language: Language? { target.language }

  /// - Parameter languages: those that the tool knows.
  public func check(among languages: [Language]) throws {
    try target.validate(among: languages, filter, run)
  }

  /// The languages to trace.
  public func chosen(among languages: [Language]) throws -> [Language] {
    try target.languages(among: languages, filter, run)
  }

  /// The plan to probe them, and functions beside their probes.
  public func plan(
    _ programs: [LanguageHooks.Program], among languages: [Language], and names: Set<String> = [],
    _ others: (
      programs: Set<String>, hooks: @Sendable (borrowing FoundFunctions) -> [FoundFunctions.Hook]
    ) = ([], { _ in [] }),
    tool: String
  ) throws -> HookPlan {
    try target.plan(programs, among: languages, and: names, others, tool: tool, filter, run)
  }
}
