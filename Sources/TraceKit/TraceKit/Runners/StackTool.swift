/// A tool that counts by call stacks.
public protocol StackTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration

  var stacks: StackOptions<Letters> { get }
  /// What a flame graph says over itself.
  static var subject: String { get }
  var plans: [HookPlan] { get }
  /// The value of a stack is a time, not a number.
  static var measuresTime: Bool { get }
  var perThread: Bool { get }
  /// Whether wakers of tasks are reported.
  var wakerStacks: WakerStacks { get }
  /// What is done, for the line at the start.
  var start: String { get }
  func wireConfiguration() throws -> WireConfiguration
}

extension StackTool {
  public static var measuresTime: Bool { false }
  public var perThread: Bool { false }
  public var wakerStacks: WakerStacks { .none }
  public var common: RunOptions<Letters> { stacks.run }

  public func trace() throws -> Int32 {
    let run = stacks.run
    let style = stacks.style(measuresTime: Self.measuresTime, wakers: wakerStacks)
    let columns = try run.columns.choose(
      from: Column<StackSample>.stack(
        measuresTime: Self.measuresTime, perThread: perThread, wakers: wakerStacks),
      format: run.outputFormat)
    let output = try run.openOutput()
    let graph = try stacks.flamegraph.map { path in
      (
        flames: FlameGraph(title: Self.subject, unit: Self.measuresTime ? "us" : "samples", style),
        file: try DrawingFile(path)
      )
    }
    let symbols = Symbolizer { tell("\(Self.name): \($0)") }
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: stacks.filter,
      image: Self.image, plans: plans, configuration: try wireConfiguration(),
      configure: { (object: inout OpenObject) throws(BPFError) in
        try object.setStackRoom(stacks.storage.size, isRepeated: stacks.interval != nil)
      })
    let clock = EventClock()
    let isSampled = tracing.session.plan.kind == .sample
    let source = try StackReader(tracing.session, symbols: symbols, skipsTracer: !isSampled)
    try tracing.begin(keeping: Symbolizer.retained)
    if run.tellsStart { tell("\(start)... Hit Ctrl-C to end.") }
    let runner = StackRunner(
      tool: Self.name,
      loop: IntervalLoop(interval: stacks.interval, duration: stacks.duration),
      printer: StackPrinter(
        style: style, format: run.outputFormat, timeFormat: run.timeFormat ?? .local,
        rows: RowPrinter(
          type: "stack", columns: columns, format: run.outputFormat,
          timeFormat: run.timeFormat ?? .local, clock: clock, out: output.buffer),
        out: output.buffer),
      writesRows: stacks.writesRows, graph: graph, stats: run.stats, output: output, clock: clock)
    let ledger = try runner.run(source, until: tracing.ended)
    return tracing.status(after: ledger, failOnLoss: run.failOnLoss)
  }
}
