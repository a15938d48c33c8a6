/// A tool that prints a table of what it counted, at each interval or at the end.
public protocol SummaryTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration
  associatedtype Source: SummarySource

  var summary: SummaryOptions<Letters> { get }
  /// What is counted, for the line at the start.
  static var subject: String { get }
  /// What a JSON record calls itself.
  var recordType: String { get }
  var plans: [HookPlan] { get throws }
  var columns: [Column<Source.Row>] { get }
  func wireConfiguration() throws -> WireConfiguration
  /// Sets sizes and kinds of maps before the object is loaded.
  func configure(_ object: inout OpenObject) throws(BPFError)
  func source(_ session: Session) throws(BPFError) -> Source
}

extension SummaryTool {
  public var common: RunOptions<Letters> { summary.run }

  public func trace() throws -> Int32 {
    let run = summary.run
    let columns = try run.columns.choose(from: columns, format: run.outputFormat)
    let output = try run.openOutput()
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: summary.filter,
      image: Self.image, plans: try plans, configuration: try wireConfiguration(),
      configure: configure)
    let clock = EventClock()
    let source = try source(tracing.session)
    try tracing.begin()
    if run.tellsStart { tell("Tracing \(Self.subject)... Hit Ctrl-C to end.") }
    let runner = SummaryRunner<Source.Row>(
      tool: Self.name, type: recordType,
      loop: IntervalLoop(
        interval: summary.summaries.seconds, count: summary.summaries.count, duration: run.duration),
      columns: columns, format: run.outputFormat, timeFormat: run.timeFormat ?? .local,
      limit: summary.top, showsTime: true, stats: run.stats, output: output, clock: clock)
    let ledger = try runner.run(source, until: tracing.ended)
    return tracing.status(after: ledger, failOnLoss: run.failOnLoss)
  }
}
