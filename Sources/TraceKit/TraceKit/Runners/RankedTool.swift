/// A tool that prints a table of the greatest at each interval, as top does.
public protocol RankedTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration
  associatedtype Key: BitwiseCopyable
  associatedtype Totals: BitwiseCopyable
  associatedtype Settings: RankedSettings where Settings.Letters == Letters
  typealias Row = RankedRow<Key, Totals>

  var ranked: Settings { get }
  /// What a JSON record calls itself.
  static var recordType: String { get }
  var plans: [HookPlan] { get throws }
  /// All columns, those that are not shown by default included.
  var columns: [Column<Row>] { get }
  /// The tables that a person sees, each row in one of them; their columns have the same
  /// names.
  var tables: [TablePart<Row>] { get }
  /// Whether the load averages are over the tables.
  var showsLoad: Bool { get }
  /// What `--sort` can name, the default first. No two have the same key, and none p or q.
  static var orders: [RankedOrder<Row>] { get }
  /// The seconds between tables where none are given.
  static var interval: Double { get }
  /// How many events a row stands for.
  static func events(_ totals: Totals) -> UInt64
  /// One row for each key that is shown, where the programs keep several.
  static func merged(_ rows: [(key: Key, value: Totals)]) -> [(key: Key, value: Totals)]
  func wireConfiguration() throws -> WireConfiguration
  /// Called when the programs are attached, and before the tool drops its capabilities.
  func attached(_ object: LoadedObject) throws
}

extension RankedTool {
  public var common: RunOptions<Letters> { ranked.run }

  public var tables: [TablePart<Row>] { [TablePart(columns)] }

  public var showsLoad: Bool { true }

  public static var interval: Double { 1 }

  public func attached(_ object: LoadedObject) throws {}

  public static func merged(_ rows: [(key: Key, value: Totals)]) -> [(key: Key, value: Totals)] {
    rows
  }

  public func trace() throws -> Int32 {
    let run = ranked.run
    let display = ranked.display
    let format = run.outputFormat
    if Replay.isUsed {
      let most = format == .table ? RankedRunner<Key, Totals>.readableRows : .max
      return try IntervalReplay(tool: Self.image.name, type: Self.recordType, .counts).printCounts(
        run, tool: Self.name, type: Self.recordType, heading: .columnsApart,
        limit: display.rows ?? most)
    }
    let parts = format == .table ? tables : [TablePart(columns)]
    Inquiry.expect(
      RunDescription(
        .counts, every: display.seconds ?? Self.interval,
        ends: display.times != nil || run.duration != nil))
    let tables = try parts.map { part in
      TablePart(
        try run.columns.choose(from: part.columns, format: format), includes: part.includes)
    }
    let order = try chosenOrder()
    let recorder = try ranked.recording.file(of: run).map { file in
      try IntervalRecorder<Row>(
        file, tool: Self.image.name, type: Self.recordType, columns: columns, parts: self.tables,
        count: { Self.events($0.totals) })
    }
    let output = try run.openOutput()
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: ranked.filter,
      image: Self.image, plans: try plans, configuration: try wireConfiguration(),
      configure: { (_: inout OpenObject) throws(BPFError) in })
    let clock = EventClock()
    let source = try TotalsReader<Key, Totals>(
      tracing.session, events: Self.events, merge: Self.merged)
    try attached(tracing.session.object)
    recorder?.begin(clock)
    try tracing.begin()
    let terminal =
      format == .table && !display.noclear
      ? Terminal(of: output, readsKeys: commandLine == nil) : nil
    if terminal == nil, run.tellsStart { tell("Tracing... Hit Ctrl-C to end.") }
    let runner = RankedRunner<Key, Totals>(
      settings: .init(
        tool: Self.name, type: Self.recordType, format: format,
        timeFormat: run.timeFormat ?? .local, interval: display.seconds ?? Self.interval,
        count: display.times, duration: run.duration, rows: display.rows, showsLoad: showsLoad,
        stats: run.stats),
      tables: tables, orders: Self.orders, events: Self.events, output: output, clock: clock,
      recorder: recorder)
    let ledger = try runner.run(source, by: order, on: terminal, until: tracing.ended)
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recorder?.finish(ledger, status: status) ?? status
  }

  /// The place of the order that `--sort` names.
  private func chosenOrder() throws -> Int {
    guard let name = ranked.display.sort else { return 0 }
    guard let order = Self.orders.firstIndex(where: { $0.name == name }) else {
      let known = Self.orders.map(\.name).joined(separator: ", ")
      throw ToolError(.usage, "--sort: there is no order '\(name)'; the orders are \(known)")
    }
    return order
  }
}
