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
      aliases: image.aliases.map { String(cString: $0) } ?? "",
      exporter: image.exporter.map { String(cString: $0) })
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
  /// The stacks that come with events; nil: none do.
  var eventStacks: EventStackOptions? { get }
  /// Whether hooks are at places in programs, not in the kernel.
  var isInPrograms: Bool { get throws }
  /// The most bytes of an event.
  static var greatestEvent: Int { get }
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
  /// What rows need beside what is in the events and what is asked by `Lookup`; nil: nothing.
  var finding: (any RecordedFinding)? { get throws }
  /// Options on which it depends what a recording has, beside what programs act on. A replay can
  /// have those of the recording or the defaults.
  var recordedChoices: [String] { get }
  /// Removes from the options those that the programs filter by and that events can be asked
  /// for too, for a replay.
  ///
  /// - Returns: whether an event passes them; nil: none is given.
  mutating func takeReplayFilter() -> ((borrowing Record<Event>) -> Bool)?
}

extension StreamTool {
  public var common: RunOptions<Letters> { stream.run }

  public func configure(_ object: inout OpenObject) throws(BPFError) {}

  public static var ringRoom: RingRoom? { RingSize.room(asked: nil) }

  public var companions: [CompanionObject<WireConfiguration>] { [] }

  public var eventStacks: EventStackOptions? { nil }

  public var isInPrograms: Bool { false }

  public var keptCapabilities: Capabilities { eventStacks?.neededCapabilities ?? [] }

  public var duration: Double? { stream.run.duration }

  public var isVertical: Bool { false }

  public var mirror: ((borrowing Record<Event>, OutputBuffer) -> Void)? { nil }

  public var drawn: DrawnEvents<Event>? { nil }

  public var order: (any EventOrder)? { nil }

  public func accepts(_ record: borrowing Record<Event>) -> Bool { true }

  public var finding: (any RecordedFinding)? { nil }

  public var recordedChoices: [String] { [] }

  public mutating func takeReplayFilter() -> ((borrowing Record<Event>) -> Bool)? { nil }

  public func trace() throws -> Int32 { try traceEvents() }

  public var isReplay: Bool { stream.recording.replay != nil }

  public func replay() throws -> Int32 {
    try Replay.opened().facts["rows"] == nil ? replayEvents() : trace()
  }

  /// Prints a row for each event.
  public func traceEvents() throws -> Int32 {
    if isReplay { return try replayEvents() }
    if let status = try runRecorder() { return status }
    let run = stream.run
    Inquiry.expect(
      RunDescription(.events, ends: duration != nil || stream.maxEvents != nil))
    let columns = try run.columns.choose(from: columns, format: run.outputFormat)
    let recording = try openRecording()
    defer { recording?.flush() }
    let output = try run.openOutput()
    if recording != nil || columns.contains(where: { ownerColumns.contains($0.name) }) {
      Cgroups.shared.loadOwners()
    }
    let tracing = try startTracing(
      identity: recording != nil || columns.contains(where: \.needsIdentity),
      room: RingSize.room(asked: stream.bufferSize))
    let clock = EventClock()
    let source = try RingSource(tracing.session)
    let recorded = try recording.map { try record(source, in: $0, clock: clock) }
    let printing = try printing(columns, to: output, clock, stats: run.stats)
    try tracing.begin(keeping: keptCapabilities)
    let ledger =
      try recorded.map { try printing.run($0, until: tracing.ended) }
      ?? printing.run(source, until: tracing.ended)
    try recording?.finish(source.ledger())
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recording?.hasFailed == true ? ExitStatus.failure.rawValue : status
  }

  /// How the events of a run or of a recording are printed.
  func printing(
    _ columns: [Column<Record<Event>>], to output: Output, _ clock: EventClock, stats: Bool
  ) throws -> EventPrinting<Event> {
    let run = stream.run
    let drawn = drawn
    let drawing = try drawn.map { drawn in
      try HeatmapDrawing(
        drawn.request, tool: Self.name, clock: clock, timeFormat: run.timeFormat,
        column: HeatmapDrawing.eventColumn)
    }
    let runner = StreamRunner<Event>(
      settings: .init(
        tool: Self.name, type: Self.recordType, format: run.outputFormat,
        timeFormat: run.timeFormat ?? .local, isVertical: isVertical, duration: duration,
        maxEvents: stream.maxEvents, stats: stats),
      columns: columns, output: output, clock: clock,
      mirror: run.outputFormat == .table ? mirror : nil, accepts: accepts,
      drawn: drawing.flatMap { drawing in drawn.map { ($0, drawing.heatmap) } })
    return EventPrinting(runner: runner, order: order, drawing: drawing)
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
    if let option = stream.recorder.asked {
      throw ToolError(.usage, "\(option): only single events can be pinned, no counts")
    }
    if isReplay {
      return try IntervalReplay(tool: Self.image.name, type: Self.recordType, .counts).printCounts(
        run, tool: Self.name, type: Self.recordType, heading: .columns, limit: .max)
    }
    Inquiry.expect(RunDescription(.counts, ends: run.duration != nil))
    let recorder = try stream.recording.file(of: run).map { file in
      try IntervalRecorder<CountedKey<Key>>(
        file, tool: Self.image.name, type: Self.recordType, columns: columns, count: \.count)
    }
    let chosen = try run.columns.choose(from: columns, format: run.outputFormat)
    let output = try run.openOutput()
    let tracing = try startTracing(identity: false, room: RingRoom(bytes: 4096), countsRoom: room)
    let clock = EventClock()
    let source = try CountReader<Key>(tracing.session)
    recorder?.begin(clock)
    try tracing.begin()
    if run.tellsStart { tell("Counting... Hit Ctrl-C to end.") }
    let runner = SummaryRunner<CountedKey<Key>>(
      tool: Self.name, type: Self.recordType, loop: IntervalLoop(duration: run.duration),
      tables: [TablePart(chosen)], format: run.outputFormat,
      timeFormat: run.timeFormat ?? .local, stats: run.stats, output: output, clock: clock,
      recorder: recorder)
    let ledger = try runner.run(source, until: tracing.ended)
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recorder?.finish(ledger, status: status) ?? status
  }

  func startTracing(
    identity: Bool, room: RingRoom, countsRoom: Int? = nil,
    recorder: RecorderLayout? = nil
  ) throws -> Tracing {
    var configuration = try wireConfiguration()
    configuration.trace.identity = identity ? 1 : 0
    configuration.trace.wakeup_bytes = UInt32(room.bytesEach / RingSize.wakeupShare)
    configuration.trace.wakeup_step = RingSize.wakeupStep(of: room)
    let rings = RingAhead.take(room)
    let (stacks, isInPrograms) = (eventStacks, try isInPrograms)
    return try Tracing(
      tool: Self.name, commandLine: commandLine, run: stream.run, filter: stream.filter,
      image: Self.image, recorder: recorder, plans: try plans,
      configuration: configuration, companions: try companions,
      configure: { (object: inout OpenObject) throws(BPFError) in
        try object.take(rings)
        if let countsRoom { try object.setMaxEntries(of: "counts", to: countsRoom) }
        try stacks?.setUp(&object, beside: nil, isInPrograms: isInPrograms)
        try configure(&object)
      },
      configureCompanion: { (object: inout OpenObject, first: LoadedObject) throws(BPFError) in
        try object.share(rings, of: first)
        try stacks?.setUp(&object, beside: first, isInPrograms: isInPrograms)
      },
      fill: { (object: LoadedObject) throws(BPFError) in
        try stacks?.fill(object, for: stream.filter)
      })
  }
}
