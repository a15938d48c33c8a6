/// A tool that prints distributions.
public protocol HistogramTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration
  associatedtype Key: BitwiseCopyable

  associatedtype Settings: HistogramSettings where Settings.Letters == Letters

  var histogram: Settings { get }
  /// What is measured, for the line at the start.
  var subject: String { get }
  /// Of the values.
  var unit: HistogramUnit { get }
  /// As the programs have it.
  static var scale: HistogramScale { get }
  var plans: [HookPlan] { get throws }
  /// Whether there is a histogram for each key instead of one for all.
  var isKeyed: Bool { get }
  /// The parts of a key, in JSON and CSV where this run distinguishes them.
  var keyColumns: [Column<KeyedHistogram<Key>>] { get }
  /// The heading of a histogram, not escaped.
  func heading(_ histogram: KeyedHistogram<Key>) -> [UInt8]
  /// Whether it is over a histogram of all, too, which has no key.
  static var titlesAll: Bool { get }
  /// What a table has instead of the bars, not escaped; nil: the bars.
  func line(_ histogram: KeyedHistogram<Key>) -> [UInt8]?
  /// The stack in a key; nil where this run does not distinguish stacks.
  func stack(of key: Key) -> StackReference?
  /// How many stacks are kept; nil where the object keeps none.
  var stackRoom: Int? { get }
  /// How user stacks are taken; nil where none are.
  var unwinding: UnwindOptions? { get }
  /// Whether one histogram comes before another: the smaller count, unless the tool
  /// says otherwise.
  func precedes(_ one: KeyedHistogram<Key>, _ other: KeyedHistogram<Key>) -> Bool
  /// How long it counts, in seconds; nil: to its end.
  var duration: Double? { get }
  /// What is drawn beside what is printed; nil: nothing.
  var heatmap: HeatmapRequest? { get }
  func wireConfiguration() throws -> WireConfiguration
  /// Sets sizes and kinds of maps before the object is loaded.
  func configure(_ object: inout OpenObject) throws(BPFError)
  /// Finds what else the programs keep, before anything is counted.
  func find(in session: Session) throws
}

extension HistogramTool {
  public var common: RunOptions<Letters> { histogram.run }

  public static var scale: HistogramScale { .powers }

  public static var titlesAll: Bool { false }

  public func configure(_ object: inout OpenObject) throws(BPFError) {}

  public func find(in session: Session) throws {}

  public func stack(of key: Key) -> StackReference? { nil }

  public var stackRoom: Int? { nil }

  public var unwinding: UnwindOptions? { nil }

  public var duration: Double? { histogram.run.duration }

  public var heatmap: HeatmapRequest? { nil }

  public func line(_ histogram: KeyedHistogram<Key>) -> [UInt8]? { nil }

  public func precedes(_ one: KeyedHistogram<Key>, _ other: KeyedHistogram<Key>) -> Bool {
    one.histogram.count < other.histogram.count
  }

  public func trace() throws -> Int32 { try showHistograms() }

  /// Traces, for a tool that can do something else too.
  public func showHistograms() throws -> Int32 {
    let run = histogram.run
    if heatmap != nil { try requireTracing("--heatmap") }
    if Replay.isUsed {
      return try IntervalReplay(tool: Self.image.name, type: histogramType, .histograms)
        .printHistograms(run, tool: Self.name, settings: histogram)
    }
    Inquiry.expect(
      RunDescription(
        .histograms, every: histogram.seconds, ends: histogram.times != nil || duration != nil,
        unit: unit, isLinear: Self.scale != .powers))
    let columns = try run.columns.choose(from: keyColumns, format: run.outputFormat)
    let recorder = try histogramRecorder()
    let output = try run.openOutput()
    let symbols = stackRoom.map { _ in Symbolizer { tell("\(Self.name): \($0)") } }
    var tables: UnwindTables?
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: histogram.filter,
      image: Self.image, plans: try plans,
      configuration: try wireConfiguration(),
      configure: { (object: inout OpenObject) throws(BPFError) in
        let room = isKeyed ? HistogramReader<Key>.room : 1
        try object.setMaxEntries(of: "histograms_even", to: room)
        // What is taken only once is in one set.
        try object.setMaxEntries(of: "histograms_odd", to: histogram.seconds == nil ? 1 : room)
        if let stackRoom {
          try object.setStackRoom(stackRoom, isRepeated: histogram.seconds != nil, maps: [])
        }
        if let unwinding { try object.setUnwinding(unwinding) }
        try configure(&object)
      },
      fill: { (object: LoadedObject) throws(BPFError) in
        guard let symbols, unwinding != nil else { return }
        tables = try UnwindTables(object, symbols: symbols, after: tables)
        tables?.prepare(for: histogram.filter)
      })
    try find(in: tracing.session)
    let clock = EventClock()
    let source = try HistogramReader<Key>(
      tracing.session, isKeyed: isKeyed, scale: Self.scale, symbols: symbols,
      // Those of the kernel are few, and taken where something begins that may last.
      tables: tables, use: unwinding == nil ? .always : .once, reference: stack(of:))
    let drawing = try heatmap.map { request in
      try HeatmapDrawing(
        request, tool: Self.name, clock: clock, timeFormat: run.timeFormat,
        column: histogram.seconds ?? HeatmapDrawing.period, scale: Self.scale)
    }
    recorder?.begin(clock, unit: unit)
    try tracing.begin(keeping: symbols == nil ? [] : Symbolizer.retained)
    if run.tellsStart { tell("Tracing \(subject)... Hit Ctrl-C to end.") }
    let runner = HistogramRunner<Key>(
      tool: Self.name,
      loop: IntervalLoop(
        interval: histogram.seconds ?? drawing.map { _ in HeatmapDrawing.period },
        count: histogram.times, duration: duration),
      printer: HistogramPrinter(
        format: run.outputFormat, unit: unit, columns: columns, heading: heading,
        titlesAll: Self.titlesAll, line: line,
        showsPercentiles: histogram.percentiles, showsAverage: histogram.extension,
        timeFormat: run.timeFormat ?? .local, clock: clock, out: output.buffer),
      showsTime: histogram.timestamp, stats: run.stats, output: output, clock: clock,
      printsIntervals: histogram.seconds != nil,
      columns: drawing.map { HeatmapIntervals($0.heatmap) }, precedes: precedes,
      recorder: recorder)
    let ledger = try runner.run(source, until: tracing.ended)
    try drawing?.write()
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recorder?.finish(ledger, status: status) ?? status
  }

  /// What the records call themselves.
  private var histogramType: String { "histogram" }

  private func histogramRecorder() throws -> IntervalRecorder<KeyedHistogram<Key>>? {
    try histogram.recording.file(of: histogram.run).map { file in
      try IntervalRecorder(
        file, tool: Self.image.name, type: histogramType, columns: keyColumns,
        count: { $0.histogram.count },
        distribution: { keyed in
          let isTitled = Self.titlesAll || keyed.key != nil
          return RecordedDistribution(
            isTitled: isTitled, heading: isTitled ? heading(keyed) : [], line: line(keyed),
            frames: keyed.stack?.map(\.name), histogram: keyed.histogram)
        })
    }
  }
}

extension HistogramTool where Settings: TimeHistogramSettings {
  public var unit: HistogramUnit { histogram.unit }
}
