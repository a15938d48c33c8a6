/// A tool that prints a table of what it counted, at each interval or at the end.
public protocol SummaryTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration
  associatedtype Source: SummarySource
  associatedtype Settings: SummarySettings where Settings.Letters == Letters

  var summary: Settings { get }
  /// What is counted, for the line at the start.
  static var subject: String { get }
  /// What is over the rows of each summary in a table.
  var heading: SummaryHeading { get }
  /// What a JSON record calls itself.
  var recordType: String { get }
  var plans: [HookPlan] { get throws }
  /// All columns, those that are not shown by default included.
  var columns: [Column<Source.Row>] { get }
  /// The parts of a table that a person sees, each row in one of them; their columns have the
  /// same names.
  var tables: [TablePart<Source.Row>] { get }
  /// The lines below a row of a table, not escaped.
  func details(of row: Source.Row) -> [String]
  func wireConfiguration() throws -> WireConfiguration
  /// More objects from the same image, which count into the maps of the first.
  var companions: [CompanionObject<WireConfiguration>] { get throws }
  /// Sets sizes and kinds of maps before the object is loaded.
  func configure(_ object: inout OpenObject) throws(BPFError)
  /// Fills maps before anything is attached.
  func fill(_ object: LoadedObject) throws(BPFError)
  func source(_ session: Session) throws(BPFError) -> Source
  /// The capabilities that the run still needs once it is attached.
  var keptCapabilities: Capabilities { get }
}

extension SummaryTool {
  public var common: RunOptions<Letters> { summary.run }

  public var heading: SummaryHeading { .timeAndColumns }

  public var companions: [CompanionObject<WireConfiguration>] { [] }

  public var tables: [TablePart<Source.Row>] { [TablePart(columns)] }

  public var keptCapabilities: Capabilities { [] }

  public func details(of row: Source.Row) -> [String] { [] }

  public func configure(_ object: inout OpenObject) throws(BPFError) {}

  public func fill(_ object: LoadedObject) throws(BPFError) {}

  public func trace() throws -> Int32 { try summarize() }

  /// Traces, for a tool that can do something else too.
  public func summarize() throws -> Int32 {
    let run = summary.run
    if Replay.isUsed {
      return try IntervalReplay(tool: Self.image.name, type: recordType, .counts).printCounts(
        run, tool: Self.name, type: recordType, heading: heading, limit: summary.limit)
    }
    let parts = run.outputFormat == .table ? tables : [TablePart(columns)]
    Inquiry.expect(
      RunDescription(
        .counts, every: summary.seconds, ends: summary.times != nil || run.duration != nil))
    let tables = try parts.map { part in
      TablePart(
        try run.columns.choose(from: part.columns, format: run.outputFormat), title: part.title,
        includes: part.includes)
    }
    let recorder = try summary.recording.file(of: run).map { file in
      try IntervalRecorder<Source.Row>(
        file, tool: Self.image.name, type: recordType, columns: columns, parts: self.tables,
        details: details(of:), count: \.count)
    }
    let output = try run.openOutput()
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: summary.filter,
      image: Self.image, plans: try plans, configuration: try wireConfiguration(),
      companions: try companions, configure: configure, fill: fill)
    let clock = EventClock()
    let source = try source(tracing.session)
    recorder?.begin(clock)
    try tracing.begin(keeping: keptCapabilities)
    if run.tellsStart { tell("Tracing \(Self.subject)... Hit Ctrl-C to end.") }
    let runner = SummaryRunner<Source.Row>(
      tool: Self.name, type: recordType,
      loop: IntervalLoop(
        interval: summary.seconds, count: summary.times, duration: run.duration),
      tables: tables, format: run.outputFormat, timeFormat: run.timeFormat ?? .local,
      limit: run.accounts ? .max : summary.limit, heading: heading, details: details(of:),
      stats: run.stats, output: output, clock: clock, recorder: recorder)
    let ledger = try runner.run(source, until: tracing.ended)
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recorder?.finish(ledger, status: status) ?? status
  }
}
