/// Prints the tables or histograms of a recording as a run would.
struct IntervalReplay {
  let replay: Replay
  private let table: RecordedTable
  let clock: EventClock
  let intervals: RecordedIntervals

  /// Options that say how something is printed, not what is traced, beside those of the tool;
  /// some have a value.
  private static let printing: [String: Bool] = [
    "--replay": true, "--format": true, "--json": false, "--columns": true, "--time-format": true,
    "--output": true, "--stats": false, "--fail-on-loss": false, "--verbose": false,
    "--timestamp": false, "--percentiles": false, "--extension": false, "--top": true,
    "--rows": true,
  ]

  /// - Parameter printing: more options of that kind.
  /// - Throws: ``ToolError`` where the recording is of something else, or an option would have
  ///   had to be given when it was made.
  init(
    tool: String, type: String, _ rows: RecordedRows,
    printing: (RecordingFacts) -> [String: Bool] = { _ in [:] }
  ) throws {
    let replay = try Replay.opened()
    try replay.check(tool: tool, rows: rows)
    try replay.check(tool: tool, type: type)
    // Stacks have their columns in the program.
    guard
      let table = rows == .stacks
        ? .empty : replay.facts[bytes: "columns"].flatMap(RecordedTable.init),
      ["unit", "unit_heading"].allSatisfy({ replay.facts[$0]?.isPlain != false })
    else { throw replay.changed(tool) }
    self.replay = replay
    self.table = table
    try Self.check(
      Replay.arguments, recorded: replay.facts["arguments"] ?? "",
      printing: Self.printing.merging(printing(replay.facts)) { $1 })
    let start = replay.facts["start"].flatMap { UInt64($0) } ?? 0
    EventClock.stopped = start
    clock = EventClock(recordedFrom: start)
    intervals = RecordedIntervals(replay, clock: clock)
  }

  /// - Parameters:
  ///   - arguments: of the replay, each of which must be among those recorded or say how
  ///     something is printed.
  ///   - printing: options that do, and whether they have a value.
  static func check(
    _ arguments: [String], recorded: String, printing: [String: Bool]
  ) throws {
    let known = Set(recorded.split(separator: " "))
    var isValue = false
    var option = ""
    for argument in arguments {
      let name = String(argument.prefix { $0 != "=" })
      let hasValue = printing[name]
      if !isValue, hasValue == nil, !known.contains(Substring(argument)),
        !isLetters(argument, of: printing)
      {
        let isOption = argument.hasPrefix("-")
        throw ToolError(
          .usage,
          "\(isOption ? "" : option)\(argument): this works only while tracing, and the recording was "
            + "made without it")
      }
      option = argument.hasPrefix("-") ? argument + " " : ""
      isValue = !isValue && hasValue == true && name == argument
    }
  }

  /// Whether an argument is several letters of such options without values, as -fd.
  private static func isLetters(_ argument: String, of printing: [String: Bool]) -> Bool {
    let letters = argument.dropFirst()
    return argument.first == "-" && letters.count > 1
      && letters.allSatisfy { printing["-\($0)"] == false }
  }

  /// - Parameters:
  ///   - limit: at most so many rows of a table or of all formats are printed.
  func printCounts<Letters>(
    _ run: RunOptions<Letters>, tool: String, type: String, heading: SummaryHeading, limit: Int
  ) throws -> Int32 {
    let parts =
      run.outputFormat == .table ? table.tables : [TablePart(table.columns { $0 })]
    let tables = try parts.map { part in
      TablePart(
        try run.columns.choose(from: part.columns, format: run.outputFormat), title: part.title,
        includes: part.includes)
    }
    let source = RecordedCounts(intervals)
    return try printing(run, tool: tool) { output in
      let runner = SummaryRunner<RecordedRow>(
        tool: tool, type: type, loop: loop, tables: tables, format: run.outputFormat,
        timeFormat: run.timeFormat ?? .local, limit: limit, heading: heading,
        details: { $0.details }, load: { source.load }, stats: false, output: output,
        clock: clock)
      return try runner.run(source)
    }
  }

  func printHistograms<Letters>(
    _ run: RunOptions<Letters>, tool: String, settings: some HistogramSettings
  ) throws -> Int32 {
    let columns = try run.columns.choose(
      from: table.columns { (row: KeyedHistogram<RecordedRow>) in row.key },
      format: run.outputFormat)
    let facts = replay.facts
    let unit = HistogramUnit(facts["unit"] ?? "", heading: facts["unit_heading"])
    return try printing(run, tool: tool) { output in
      var printer = HistogramPrinter<RecordedRow>(
        format: run.outputFormat, unit: unit, columns: columns,
        heading: { $0.key?.distribution?.heading ?? [] },
        line: { $0.key?.distribution?.line },
        showsPercentiles: settings.percentiles, showsAverage: settings.extension,
        timeFormat: run.timeFormat ?? .local, clock: clock, out: output.buffer)
      printer.isTitled = { $0.key?.distribution?.isTitled == true }
      let runner = HistogramRunner<RecordedRow>(
        tool: tool, loop: loop, printer: printer, showsTime: settings.timestamp, stats: false,
        output: output, clock: clock, printsIntervals: true, columns: nil,
        precedes: { _, _ in false })
      return try runner.run(RecordedHistograms(intervals))
    }
  }

  /// One table after the other.
  var loop: IntervalLoop { IntervalLoop(interval: 0, count: max(intervals.count, 1)) }

  func printing<Letters>(
    _ run: RunOptions<Letters>, tool: String, _ body: (Output) throws -> Ledger
  ) throws -> Int32 {
    if run.isVerbose { tell(replay.description(tool: tool)) }
    let output = try run.openOutput()
    Signals.hold()
    let ledger = try body(output)
    for note in intervals.notes { tell("\(tool): \(note)") }
    if let caveat = intervals.caveat {
      tell("\(tool): --replay: '\(replay.reader.path)' \(caveat)")
    }
    if run.stats { tell(ledger.statistics(tool: tool)) }
    return run.failOnLoss && ledger.hasLoss
      ? ExitStatus.failure.rawValue : ExitStatus.success.rawValue
  }
}

extension Replay {
  /// - Parameter rows: what the tool is about to print; nil: events.
  /// - Throws: ``ToolError`` where the recording has something else.
  func check(tool: String, rows: RecordedRows?) throws {
    guard facts["tool"] == tool, facts["rows"] != rows?.rawValue else { return }
    let found = facts["rows"] ?? "events"
    throw ToolError(
      .usage,
      "--replay: '\(reader.path)' has \(printable(found)): give the options with which it was made "
        + "(\(printable(facts["arguments"] ?? "")))")
  }
}
