/// Where a tool sets its probes.
public final class ProbeOptions: ParsableArguments {
  @Argument(
    help: """
      [p|r:][LIBRARY:]FUNCTION, t:CATEGORY:EVENT or u:LIBRARY:[PROVIDER:]PROBE; names may \
      have * and ?.
      """)
  public var pattern: String?

  @Flag(name: .shortAndLong, help: "Treat names as regular expressions, not as wildcards.")
  public var regexp = false

  public init() {}

  /// - Parameter answersOnly: whether a question about the tool is asked, for which it needs
  ///   no pattern.
  public func check(answersOnly: Bool) throws {
    // A recording has what the pattern led to.
    if pattern == nil, !answersOnly, !Replay.isUsed {
      throw ValidationError("The pattern is missing.")
    }
  }

  /// What is tried where no pattern is given: places that each kernel and each process has.
  private static let samples = ["vfs_read", "c:getppid", "t:syscalls:sys_enter_getppid"]

  /// The places are looked up once. All of a tool runs in one thread.
  nonisolated(unsafe) private static var found: [ProbeSet] = []

  /// Several only where no pattern is given.
  private func sets<Letters>(
    _ filter: FilterOptions<Letters>, _ command: [String]?
  ) throws -> [ProbeSet] {
    if !Self.found.isEmpty { return Self.found }
    Self.found = try (pattern.map { [$0] } ?? Self.samples).compactMap { text in
      do {
        return try ProbeSet(
          ProbeSpec(text, isExpression: pattern != nil && regexp), of: filter.pid?.first,
          only: filter.onlyProcess(command: command))
      } catch {
        // A kernel without tracefs has the other places.
        guard pattern == nil else { throw error }
        return nil
      }
    }
    return Self.found
  }

  /// The places that are meant.
  public func places<Letters>(
    _ filter: FilterOptions<Letters>, command: [String]?
  ) throws -> ProbeSet {
    try sets(filter, command)[0]
  }

  /// The plans to attach programs there.
  ///
  /// - Parameters:
  ///   - tellsApart: whether the programs must know of several names which it is.
  ///   - readsTypes: whether the programs read kernel types.
  public func plans<Letters>(
    _ filter: FilterOptions<Letters>, command: [String]?, _ programs: ProbeSet.Programs,
    tellsApart: Bool, readsTypes: Bool = false
  ) throws -> [HookPlan] {
    try sets(filter, command).flatMap {
      try ProbeSet.plans(
        of: [$0], programs, cookies: tellsApart ? .names(from: 0) : .none,
        readsTypes: readsTypes, tellsApart: tellsApart)
    }
  }
}

/// The options of a tool that counts at such places.
public final class ProbeSummaryOptions<Letters: OptionLetters>: ParsableArguments, SummarySettings {
  @OptionGroup public var probes: ProbeOptions

  @Argument(
    help: ArgumentHelp("Stop after this many seconds.", valueName: "seconds"),
    transform: Parse.seconds)
  var stop: Double?

  @OptionGroup var summaries: SummaryInterval

  @Flag(name: [.customShort("T"), .long], help: "Print the time of each summary.")
  public var timestamp = false

  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>
  @OptionGroup(title: "Record and replay") public var recording: RecordingOptions

  public init() {}

  public func validate() throws {
    try probes.check(answersOnly: run.onlyAnswers)
    guard let stop else { return }
    if run.duration != nil { throw ValidationError("The duration is given twice.") }
    run.duration = stop
  }

  public var seconds: Double? { summaries.seconds }
  public var times: Int? { summaries.times }
  public var limit: Int { .max }
}

/// The options of a tool that measures times at such places.
public final class ProbeHistogramOptions<Letters: OptionLetters>: ParsableArguments,
  DistributionOfTimes
{
  @OptionGroup public var probes: ProbeOptions
  @OptionGroup var units: TimeUnitOptions
  @OptionGroup public var distribution: RegularDistributionOptions<Letters>

  public init() {}

  public func validate() throws { try probes.check(answersOnly: run.onlyAnswers) }

  public var unit: HistogramUnit { units.unit }

  /// How many nanoseconds the unit has.
  public var divisor: UInt32 { units.divisor }
}
