/// A run that prints something at each interval and at its end.
struct PeriodicRun {
  let tool: String
  let loop: IntervalLoop
  let format: OutputFormat
  /// Whether the output has rows, and so the account as their last.
  var writesRows = true
  let stats: Bool
  let output: Output
  let clock: EventClock

  /// How many events a tick reported.
  struct Told {
    var shown: UInt64 = 0
    /// Of rows that were left out.
    var filtered: UInt64 = 0
  }

  /// Runs to the end and closes the account.
  ///
  /// - Parameters:
  ///   - commandEnded: ends the run when it becomes readable.
  ///   - stop: ends the supply; what was counted can still be taken.
  ///   - ledger: the source's part of the account, asked after the end.
  ///   - news: `onNews` is called when it becomes readable.
  ///   - isAsked: whether a tick is wanted now, asked at the start and after news.
  ///   - isDone: whether the run is to end after a tick that was wanted.
  ///   - begin: writes what precedes everything.
  ///   - tick: writes what was counted since the last time.
  /// - Returns: the account of the run.
  func run(
    until commandEnded: Int32?, news: Int32? = nil, onNews: () throws -> Void = {},
    isAsked: () -> Bool = { false }, isDone: () -> Bool = { false }, stop: () -> Void,
    ledger: () throws -> Ledger, begin: () -> Void = {}, tick: () throws -> Told
  ) throws -> Ledger {
    var told = Told()
    var isClosed = false
    var ended: UInt64 = 0
    func end() {
      ended = EventClock.now
      stop()
    }
    do {
      begin()
      if output.hasAccounts { try writeAccount(ledger(), told) }
      try output.flush()
      try loop.run(
        output: output, clock: clock, until: commandEnded, news: news, isAsked: isAsked,
        isDone: isDone, atEnd: end, onNews: onNews
      ) { _ in
        let more = try tick()
        try output.flush()
        told.shown += more.shown
        told.filtered += more.filtered
        if output.hasAccounts { try writeAccount(ledger(), told) }
      }
    } catch is Output.Closed {
      end()
      isClosed = true
    }
    let ledger = Self.account(try ledger(), told)
    try ledger.close(
      tool: tool, format: isClosed || !writesRows ? nil : format, to: output,
      cost: stats ? RunCost(ledger, output, clock, end: ended) : nil)
    return ledger
  }

  private static func account(_ counted: Ledger, _ told: Told) -> Ledger {
    var ledger = counted
    ledger.delivered = told.shown + told.filtered
    ledger.shown = told.shown
    ledger.filtered = told.filtered
    return ledger
  }

  private func writeAccount(_ counted: Ledger, _ told: Told) throws {
    Self.account(counted, told).writeJSON(to: output.buffer, type: "account")
    try output.flush()
  }
}
