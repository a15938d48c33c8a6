/// A run that tells something at each interval and at its end.
struct PeriodicRun {
  let tool: String
  let loop: IntervalLoop
  let format: OutputFormat
  let stats: Bool
  let output: Output
  let clock: EventClock

  /// Runs to the end and closes the account.
  ///
  /// - Parameters:
  ///   - commandEnded: ends the run when it becomes readable.
  ///   - stop: ends the supply; what was counted can still be taken.
  ///   - ledger: the source's part of the account, asked after the end.
  ///   - begin: writes what stands before all.
  ///   - tick: writes what was counted since the last time, and returns how many
  ///     events that was.
  /// - Returns: the account of the run.
  func run(
    until commandEnded: Int32?, stop: () -> Void, ledger: () throws -> Ledger, begin: () -> Void,
    tick: () throws -> UInt64
  ) throws -> Ledger {
    var shown: UInt64 = 0
    var isClosed = false
    var ended: UInt64 = 0
    func end() {
      ended = EventClock.now
      stop()
    }
    do {
      begin()
      try output.flush()
      try loop.run(output: output, clock: clock, until: commandEnded, atEnd: end) { _ in
        let count = try tick()
        try output.flush()
        shown += count
      }
    } catch is Output.Closed {
      end()
      isClosed = true
    }
    var ledger = try ledger()
    ledger.delivered = shown
    ledger.shown = shown
    try ledger.close(
      tool: tool, format: isClosed ? nil : format, to: output,
      cost: stats ? RunCost(ledger, output, clock, end: ended) : nil)
    return ledger
  }
}
