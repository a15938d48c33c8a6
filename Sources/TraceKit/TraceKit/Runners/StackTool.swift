/// A tool that counts by call stacks.
public protocol StackTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration

  var stacks: StackOptions<Letters> { get }
  /// What a flame graph says over itself.
  static var subject: String { get }
  var plans: [HookPlan] { get throws }
  /// Whether they are at places in programs, not in the kernel.
  var isInPrograms: Bool { get }
  /// The value of a stack is a time, not a number.
  static var measuresTime: Bool { get }
  /// How long a sample stands for, in nanoseconds; nil where it stands for no time.
  var samplePeriod: UInt64? { get }
  /// Whether that time is the value of a stack, in place of the number of samples.
  var asksTime: Bool { get }
  var perThread: Bool { get }
  /// How text is written, where the tool has options for that of its own.
  func adapt(_ style: inout StackStyle)
  /// Whether the time of each summary is over it, where it is the only one too.
  var showsTime: Bool { get }
  /// The tool's own options that say how stacks are printed, and whether they have a value.
  static var printingOptions: [String: Bool] { get }
  /// Whether wakers of tasks are reported.
  var wakerStacks: WakerStacks { get }
  /// The map of what is not counted yet, by thread: since when in 8 bytes, and the key by which
  /// it will be; nil where there is none.
  static var absences: String? { get }
  /// What is done, for the line at the start.
  var start: String { get }
  func wireConfiguration() throws -> WireConfiguration
  /// Sets sizes of further maps before the object is loaded.
  func configure(_ object: inout OpenObject) throws(BPFError)
}

extension StackTool {
  public static var measuresTime: Bool { false }
  public var isInPrograms: Bool { false }
  public var samplePeriod: UInt64? { nil }
  public var asksTime: Bool { false }
  public var perThread: Bool { false }
  public static var printingOptions: [String: Bool] { [:] }
  public func adapt(_ style: inout StackStyle) {}
  public var showsTime: Bool { false }
  public func configure(_ object: inout OpenObject) throws(BPFError) {}
  public var wakerStacks: WakerStacks { .none }
  public static var absences: String? { nil }
  public var common: RunOptions<Letters> { stacks.run }

  public func trace() throws -> Int32 {
    if Replay.isUsed { return try replayStacks() }
    let run = stacks.run
    let measuresTime = Self.measuresTime || asksTime
    var style = stacks.style(measuresTime: measuresTime, wakers: wakerStacks)
    adapt(&style)
    Inquiry.expect(
      RunDescription(.counts, every: stacks.interval, ends: stacks.duration != nil))
    let columns = try run.columns.choose(
      from: Column<StackSample>.stack(
        measuresTime: measuresTime, perThread: perThread, wakers: wakerStacks),
      format: run.outputFormat)
    let recorder = try openStackRecording()
    let output = try run.openOutput()
    let clock = EventClock()
    let files = try openFiles(style, clock)
    let symbols = Symbolizer(showsLines: stacks.lines) {
      tell("\(Self.name): \($0)")
      recorder?.note($0)
    }
    var tables: UnwindTables?
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: stacks.filter,
      image: Self.image, plans: try plans, configuration: try wireConfiguration(),
      configure: { (object: inout OpenObject) throws(BPFError) in
        try object.setStackRoom(emptied: stacks.storage.size)
        try configure(&object)
        if !stacks.kernelOnly {
          try object.setUnwinding(stacks.unwinding, isInPrograms: isInPrograms)
        }
      },
      fill: { (object: LoadedObject) throws(BPFError) in
        tables = try UnwindTables(object, symbols: symbols, after: tables)
        tables?.prepare(for: stacks.filter)
      })
    let isSampled = tracing.session.plan.kind == .sample
    let source = try StackReader(
      tracing.session, symbols: symbols, tables: tables, skipsTracer: !isSampled,
      samplePeriod: samplePeriod, absences: Self.absences)
    recorder?.begin(clock, recordedFacts)
    try tracing.begin(keeping: Symbolizer.retained)
    if run.tellsStart { tell("\(start)... Hit Ctrl-C to end.") }
    var runner = stackRunner(
      loop: IntervalLoop(interval: stacks.interval, duration: stacks.duration), style, columns,
      showsTime: showsTime || stacks.interval != nil, files: files, stats: run.stats, output,
      clock)
    runner.recorder = recorder
    let ledger = try runner.run(source, until: tracing.ended)
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recorder?.finish(ledger, status: status) ?? status
  }

  func openFiles(_ style: StackStyle, _ clock: EventClock) throws -> StackFiles {
    try stacks.files.open(
      title: Self.subject, unit: style.measuresTime ? "us" : "samples",
      isOnCPU: !Self.measuresTime, style, clock)
  }

  func stackRunner(
    loop: IntervalLoop, _ style: StackStyle, _ columns: [Column<StackSample>], showsTime: Bool,
    files: StackFiles, stats: Bool, _ output: Output, _ clock: EventClock
  ) -> StackRunner {
    let (format, timeFormat) = (stacks.run.outputFormat, stacks.run.timeFormat ?? .local)
    let rows = RowPrinter<StackSample>(
      type: StackRunner.recordType, columns: columns, format: format, timeFormat: timeFormat,
      clock: clock, out: output.buffer)
    return StackRunner(
      tool: Self.name, loop: loop,
      printer: StackPrinter(
        style: style, format: format, timeFormat: timeFormat, rows: rows, out: output.buffer),
      showsTime: showsTime, writesRows: stacks.writesRows, files: files, stats: stats,
      output: output, clock: clock)
  }
}
