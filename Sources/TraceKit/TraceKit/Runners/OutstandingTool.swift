/// A tool that reports what was acquired and not yet given back, by call stacks.
public protocol OutstandingTool: Tool {
  associatedtype WireConfiguration: TraceConfiguration
  /// What is printed of each acquisition and return, on request.
  associatedtype Event: TraceEvent

  var outstanding: OutstandingOptions<Letters> { get }
  /// What a flame graph says over itself.
  static var subject: String { get }
  var plans: [HookPlan] { get throws }
  /// Whether the kernel's own are recorded, not those of processes.
  var isOfKernel: Bool { get }
  /// Whether the programs report each event too.
  var reportsEvents: Bool { get }
  static var eventType: String { get }
  var eventColumns: [Column<Record<Event>>] { get }
  /// Whether the stack's part is in what other stacks acquired.
  static func isRepeated(_ frames: [Frame]) -> Bool
  func wireConfiguration() throws -> WireConfiguration
}

extension OutstandingTool {
  public var common: RunOptions<Letters> { outstanding.run }

  public static func isRepeated(_ frames: [Frame]) -> Bool { false }

  public func trace() throws -> Int32 {
    if Replay.isUsed { return try replayOutstanding() }
    let (run, options) = (outstanding.run, outstanding)
    Inquiry.expect(
      RunDescription(
        .counts, every: options.intervals.seconds ?? 5,
        ends: options.intervals.times != nil || run.duration != nil))
    let columns = try columns(isOfKernel: isOfKernel)
    let recorder = try openOutstandingRecording()
    let output = try run.openOutput()
    let clock = EventClock()
    let files = try openFiles(clock)
    let symbols = Symbolizer {
      tell("\(Self.name): \($0)")
      recorder?.note($0)
    }
    var tables: UnwindTables?
    let tracing = try Tracing(
      tool: Self.name, commandLine: commandLine, run: run, filter: options.filter,
      image: Self.image, plans: try plans, configuration: try wireConfiguration(),
      configure: { (object: inout OpenObject) throws(BPFError) in
        try object.setOutstandingRoom(options, isOfKernel: isOfKernel)
        try object.setMaxEntries(of: "events", to: reportsEvents ? RingSize.standard : 4096)
        if !isOfKernel { try object.setUnwinding(options.unwinding, isInPrograms: true) }
      },
      fill: { (object: LoadedObject) throws(BPFError) in
        guard !isOfKernel else { return }
        tables = try UnwindTables(object, symbols: symbols, after: tables)
        tables?.prepare(for: options.filter)
        // After the tables, which look at it under another number.
        options.filter.pid?.forEach(symbols.lookAhead)
      })
    let older = options.older ?? 500_000_000
    let source = try OutstandingReader(
      tracing.session, symbols: symbols, tables: tables,
      settings: .init(
        older: older, olderAtEnd: commandLine == nil ? older : options.older ?? 0,
        isOfKernel: isOfKernel, hasSums: options.combined, showsBlocks: options.showsBlocks,
        ordersByCount: options.sort == .count,
        limit: run.accounts || recorder != nil ? .max : options.limit,
        forgetsEnded: !isOfKernel && options.filter.pid == nil && commandLine == nil,
        isRepeated: { Self.isRepeated($0) }))
    let events = try reportsEvents ? eventReader(tracing.session, output, clock) : nil
    recorder?.begin(clock, recordedFacts)
    try tracing.begin(keeping: Symbolizer.retained)
    if run.tellsStart { tell("Tracing outstanding memory allocations... Hit Ctrl-C to end.") }
    var runner = outstandingRunner(
      loop: IntervalLoop(
        interval: options.intervals.seconds ?? 5, count: options.intervals.times,
        duration: run.duration),
      columns, files: files, limit: run.accounts ? .max : options.limit, stats: run.stats, output,
      clock)
    runner.recorder = recorder
    let ledger = try runner.run(source, events: events, until: tracing.ended)
    let status = tracing.status(after: ledger, failOnLoss: run.failOnLoss)
    return recorder?.finish(ledger, status: status) ?? status
  }

  func columns(isOfKernel: Bool) throws -> [Column<OutstandingRow>] {
    try outstanding.run.columns.choose(
      from: Column<OutstandingRow>.outstanding(
        isOfKernel: isOfKernel, showsBlocks: outstanding.showsBlocks),
      format: outstanding.run.outputFormat)
  }

  func openFiles(_ clock: EventClock) throws -> StackFiles {
    try outstanding.files.open(title: Self.subject, unit: "bytes", StackStyle(), clock)
  }

  func outstandingRunner(
    loop: IntervalLoop, _ columns: [Column<OutstandingRow>], files: StackFiles, limit: Int,
    stats: Bool, _ output: Output, _ clock: EventClock
  ) -> OutstandingRunner {
    let run = outstanding.run
    let (format, timeFormat) = (run.outputFormat, run.timeFormat ?? .local)
    let rows = RowPrinter<OutstandingRow>(
      type: OutstandingRunner.recordType, columns: columns, format: format,
      timeFormat: timeFormat, clock: clock, out: output.buffer)
    return OutstandingRunner(
      tool: Self.name, loop: loop, rows: rows, folded: outstanding.folded ? StackStyle() : nil,
      writesRows: outstanding.writesRows, files: files, limit: limit, format: format,
      timeFormat: timeFormat, stats: stats, output: output, clock: clock)
  }

  /// Prints the events that have come, and returns how many they were.
  private func eventReader(
    _ session: Session, _ output: Output, _ clock: EventClock
  ) throws -> (descriptor: Int32, read: () throws -> UInt64) {
    let run = outstanding.run
    let ring = try RingBuffer("events", in: session.object)
    let printer = RowPrinter<Record<Event>>(
      type: Self.eventType,
      columns: try ColumnSelection.none.choose(from: eventColumns, format: run.outputFormat),
      format: run.outputFormat, timeFormat: run.timeFormat ?? .local, clock: clock,
      out: output.buffer)
    return (
      ring.descriptor,
      {
        UInt64(
          try ring.drain { bytes in
            printer.print(Record<Event>(bytes))
            if output.isFull { try output.flush() }
            return true
          })
      }
    )
  }
}

extension Column<OutstandingRow> {
  static func outstanding(isOfKernel: Bool, showsBlocks: Bool) -> [Column<OutstandingRow>] {
    let who: [Column<OutstandingRow>] = [
      Column("pid", "PID", width: 7) { $1.integer($0.pid) },
      Column("comm", "COMM", width: 16, role: .key) { $1.text($0.comm) },
    ]
    let blocks = Column<OutstandingRow>("allocs", "ALLOCS", width: 0) { row, cell in
      cell.list(
        row.blocks.map { Array("\(Symbolizer.hexadecimal($0.address)):\($0.size)".utf8) },
        isCut: false)
    }
    return [Column("time", "TIME", width: 8) { $1.time($0.taken) }]
      + (isOfKernel ? [] : who) + [
        Column("bytes", "BYTES", width: 12, role: .level) { $1.integer($0.bytes) },
        Column("allocations", "COUNT", width: 8, role: .level) { $1.integer($0.count) },
        Column("oldest_ms", "OLDEST", width: 10, role: .level) { row, cell in
          if let age = row.age { cell.milliseconds(age) } else { cell.none() }
        },
        Column("stack", "STACK", width: 0) { $1.frames($0.frames) },
      ] + (showsBlocks ? [blocks] : [])
  }
}

extension OpenObject {
  /// Sets the sizes of the maps of `lib/outstanding.bpf.h`.
  mutating func setOutstandingRoom<Letters>(
    _ options: OutstandingOptions<Letters>, isOfKernel: Bool
  ) throws(BPFError) {
    let stacks = options.storage.size
    try setStackRoom(stacks, isRepeated: true, maps: [])
    try setMaxEntries(of: "outstanding", to: options.maxAllocations)
    try setMaxEntries(of: "outstanding_sums", to: options.combined ? stacks : 1)
    try setMaxEntries(of: "outstanding_parts", to: isOfKernel ? 1 : 16_384)
  }
}
