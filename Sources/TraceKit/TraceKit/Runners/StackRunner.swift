/// Prints stacks at each interval and at the end, and makes files of them.
struct StackRunner {
  let tool: String
  let loop: IntervalLoop
  let printer: StackPrinter
  /// Whether the time is over each table.
  var showsTime = false
  /// Whether rows are printed, not only files made.
  let writesRows: Bool
  let files: StackFiles
  let stats: Bool
  let output: Output
  let clock: EventClock
  var recorder: StackRecorder<StackSample>?

  /// What a JSON record calls itself.
  static let recordType = "stack"

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some StackSource, until ended: Int32? = nil) throws -> Ledger {
    let run = PeriodicRun(
      tool: tool, loop: loop, format: printer.format, writesRows: writesRows, stats: stats,
      output: output, clock: clock)
    return try run.run(
      until: ended, news: source.descriptor, onNews: source.follow, stop: source.stop,
      ledger: {
        try files.write(tool: tool)
        return try source.ledger()
      },
      begin: { if writesRows { printer.header() } }
    ) {
      // There may be a million: no copy.
      var samples = try source.take()
      samples.sort {
        (printer.style.value($0), $0.side.pid) < (printer.style.value($1), $1.side.pid)
      }
      let now = EventClock.now
      recorder?.add(samples.reversed(), at: now)
      if writesRows, showsTime { printer.heading(now, clock) }
      if writesRows {
        try printer.print(samples) {
          // The sets fill meanwhile.
          try source.follow()
          if output.isFull { try output.flush() }
        }
      }
      files.add(samples)
      return PeriodicRun.Told(
        shown: samples.reduce(0) { $0 + $1.count }, filtered: source.leftOut)
    }
  }
}
