/// A tool that prints a row of numbers at each interval.
public protocol SampleTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration
  /// As ``SampleReader`` wants them.
  associatedtype Counts: BitwiseCopyable

  var sample: SampleOptions<Letters> { get }
  /// The value of `type` in JSON records.
  static var recordType: String { get }
  /// The hooks, in the order of preference.
  var plans: [HookPlan] { get }
  var columns: [Column<Sample<Counts>>] { get }
  func wireConfiguration() throws -> WireConfiguration
}

extension SampleTool {
  public var common: RunOptions<Letters> { sample.run }

  public func trace() throws -> Int32 {
    let run = sample.run
    if Replay.isUsed {
      return try IntervalReplay(tool: Self.image.name, type: Self.recordType, .counts).printCounts(
        run, tool: Self.name, type: Self.recordType, heading: .columnsOnce, limit: .max)
    }
    Inquiry.expect(
      RunDescription(
        .counts, every: sample.intervals.seconds ?? 1,
        ends: sample.intervals.times != nil || run.duration != nil))
    let recorder = try sample.recording.file(of: run).map { file in
      try IntervalRecorder<Sample<Counts>>(
        file, tool: Self.image.name, type: Self.recordType, columns: self.columns, count: \.events)
    }
    let columns = try run.columns.choose(from: columns, format: run.outputFormat)
    let output = try run.openOutput()
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: sample.filter,
      image: Self.image, plans: plans, configuration: try wireConfiguration(),
      configure: { _ in })
    let clock = EventClock()
    let source = try SampleReader<Counts>(tracing.session)
    recorder?.begin(clock)
    try tracing.begin()
    let runner = SampleRunner<Counts>(
      type: Self.recordType,
      run: PeriodicRun(
        tool: Self.name,
        loop: IntervalLoop(
          interval: sample.intervals.seconds ?? 1, count: sample.intervals.times,
          duration: run.duration),
        format: run.outputFormat, stats: run.stats, output: output, clock: clock),
      columns: columns, timeFormat: run.timeFormat ?? .local, recorder: recorder)
    let ledger = try runner.run(source, until: tracing.ended)
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recorder?.finish(ledger, status: status) ?? status
  }
}

extension Column where Row: ~Copyable & ~Escapable {
  /// The end of the interval.
  public static func time<Counts>(presence: Presence) -> Column where Row == Sample<Counts> {
    Column("time", "TIME", width: 8, presence: presence) { $1.time($0.time) }
  }
}
