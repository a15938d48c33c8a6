public import Wire

/// A type of C that starts with the configuration that all tools have.
public protocol ConfigurationLayout {
  init()
  var trace: trace_config { get set }
}

/// A tool's configuration, as its programs read it.
public typealias TraceConfiguration = ConfigurationLayout & BitwiseCopyable

extension ObjectImage {
  /// An object that is embedded in the executable.
  public init(_ image: object_image) {
    self.init(
      name: String(cString: image.name), start: image.start, count: Int(image.size),
      // A tool with no other name may leave them out.
      aliases: image.aliases.map { String(cString: $0) } ?? "")
  }
}

/// A tool that prints a row for each event.
///
/// What it declares is data; the default ``Tool/trace()`` is the same for all.
public protocol StreamTool: Tool {
  associatedtype Event: TraceEvent
  associatedtype WireConfiguration: TraceConfiguration

  var stream: StreamOptions<Letters> { get }
  /// The value of `type` in JSON records.
  static var recordType: String { get }
  /// The hooks, in the order of preference.
  var plans: [HookPlan] { get throws }
  /// All columns, those that are not shown by default included.
  var columns: [Column<Record<Event>>] { get }
  /// The tool's own part of the configuration.
  func wireConfiguration() throws -> WireConfiguration
  /// More objects from the same image, whose events are among those of the first.
  var companions: [CompanionObject<WireConfiguration>] { get throws }
  /// Sets sizes and kinds of maps before the object is loaded.
  func configure(_ object: inout OpenObject) throws(BPFError)
  /// The capabilities that the run still needs once it is attached.
  var keptCapabilities: Capabilities { get }
  /// The run stops after this many seconds; nil: it does not.
  var duration: Double? { get }
  /// Whether a table has a line for each value, with its heading, in place of a row.
  var isVertical: Bool { get }
  /// Writes an event as it is in place of a row of a table, which then has no heading; nil:
  /// there are rows.
  var mirror: ((borrowing Record<Event>, OutputBuffer) -> Void)? { get }
  /// What is drawn beside what is printed; nil: nothing.
  var drawn: DrawnEvents<Event>? { get }
  /// Decides which events are shown, and when; nil: each as it comes.
  var order: (any EventOrder)? { get }
  /// Whether an event is wanted, where only user space can decide.
  func accepts(_ record: borrowing Record<Event>) -> Bool
}

extension StreamTool {
  public var common: RunOptions<Letters> { stream.run }

  public func configure(_ object: inout OpenObject) throws(BPFError) {}

  public static var ringBytes: Int? { RingSize.standard }

  public var companions: [CompanionObject<WireConfiguration>] { [] }

  public var keptCapabilities: Capabilities { [] }

  public var duration: Double? { stream.run.duration }

  public var isVertical: Bool { false }

  public var mirror: ((borrowing Record<Event>, OutputBuffer) -> Void)? { nil }

  public var drawn: DrawnEvents<Event>? { nil }

  public var order: (any EventOrder)? { nil }

  public func accepts(_ record: borrowing Record<Event>) -> Bool { true }

  public func trace() throws -> Int32 { try traceEvents() }

  /// Prints a row for each event.
  public func traceEvents() throws -> Int32 {
    let run = stream.run
    let columns = try run.columns.choose(from: columns, format: run.outputFormat)
    let output = try run.openOutput()
    if columns.contains(where: { $0.name == containerColumn }) { Cgroups.shared.loadOwners() }
    let tracing = try startTracing(
      identity: columns.contains(where: \.needsIdentity),
      ringSize: RingSize.bytes(asked: stream.bufferSize))
    let clock = EventClock()
    let source = try RingSource(tracing.session)
    let drawn = drawn
    let drawing = try drawn.map { drawn in
      try HeatmapDrawing(
        drawn.request, tool: Self.name, clock: clock, timeFormat: run.timeFormat,
        column: HeatmapDrawing.eventColumn)
    }
    try tracing.begin(keeping: keptCapabilities)
    let runner = StreamRunner<Event>(
      settings: .init(
        tool: Self.name, type: Self.recordType, format: run.outputFormat,
        timeFormat: run.timeFormat ?? .local, isVertical: isVertical, duration: duration,
        maxEvents: stream.maxEvents, stats: run.stats),
      columns: columns, output: output, clock: clock,
      mirror: run.outputFormat == .table ? mirror : nil, accepts: accepts,
      drawn: drawing.flatMap { drawing in drawn.map { ($0, drawing.heatmap) } })
    let ordered = order.map { OrderedSource(source, $0) }
    let ledger =
      try ordered.map { try runner.run($0, until: tracing.ended) }
      ?? runner.run(source, until: tracing.ended)
    try drawing?.write()
    return tracing.status(after: ledger, failOnLoss: run.failOnLoss)
  }

  /// Prints, at the end, how often there was an event of each kind.
  ///
  /// - Parameters:
  ///   - columns: those of a row, with the count.
  ///   - room: how many kinds the object's map `counts` holds.
  public func traceCounts<Key: BitwiseCopyable>(
    columns: [Column<CountedKey<Key>>], room: Int
  ) throws -> Int32 {
    let run = stream.run
    let columns = try run.columns.choose(from: columns, format: run.outputFormat)
    let output = try run.openOutput()
    let tracing = try startTracing(identity: false, ringSize: 4096, countsRoom: room)
    let source = try CountReader<Key>(tracing.session)
    try tracing.begin()
    if run.tellsStart { tell("Counting... Hit Ctrl-C to end.") }
    let runner = SummaryRunner<CountedKey<Key>>(
      tool: Self.name, type: Self.recordType, loop: IntervalLoop(duration: run.duration),
      tables: [TablePart(columns)], format: run.outputFormat,
      timeFormat: run.timeFormat ?? .local, stats: run.stats, output: output, clock: EventClock())
    let ledger = try runner.run(source, until: tracing.ended)
    return tracing.status(after: ledger, failOnLoss: run.failOnLoss)
  }

  private func startTracing(
    identity: Bool, ringSize: Int, countsRoom: Int? = nil
  ) throws -> Tracing {
    var configuration = try wireConfiguration()
    configuration.trace.identity = identity ? 1 : 0
    configuration.trace.wakeup_bytes = UInt32(ringSize / RingSize.wakeupShare)
    let ring = RingAhead.take(bytes: ringSize)
    return try Tracing(
      tool: Self.name, commandLine: commandLine, run: stream.run, filter: stream.filter,
      image: Self.image, plans: try plans,
      configuration: configuration, companions: try companions,
      configure: { (object: inout OpenObject) throws(BPFError) in
        try object.setMaxEntries(of: "events", to: ringSize)
        try object.take(ring, as: "events")
        if let countsRoom { try object.setMaxEntries(of: "counts", to: countsRoom) }
        try configure(&object)
      })
  }
}
