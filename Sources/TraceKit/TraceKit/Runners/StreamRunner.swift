/// Prints a row for each event.
public struct StreamRunner<Event: TraceEvent> {
  /// How a run is to be, without where its events come from.
  struct Settings {
    var tool: String
    var type: String
    var format: OutputFormat = .table
    var timeFormat: TimeFormat = .local
    var duration: Double?
    var maxEvents: Int?
    var stats = false
    var failOnLoss = false
  }

  let settings: Settings
  let columns: [Column<Record<Event>>]
  let output: Output
  let clock: EventClock
  /// What only user space can tell of an event that it must not show.
  let accepts: (borrowing Record<Event>) -> Bool

  /// While events come, the reader looks again after so long without being
  /// woken for each.
  private static var busyWait: UInt64 { 20_000_000 }
  /// A wake-up can be missed where it is asked for in the same moment.
  private static var idleWait: UInt64 { 100_000_000 }

  /// Runs until the source ends, the time is over, enough events were shown, a
  /// signal comes, or the reader goes away.
  ///
  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some EventSource, until ended: Int32? = nil) throws -> Ledger {
    let printer = RowPrinter(
      type: settings.type, columns: columns, format: settings.format,
      timeFormat: settings.timeFormat, clock: clock, out: output.buffer)
    var run = Run(runner: self, printer: printer)
    do {
      printer.header()
      try output.flush()
      try run.loop(source, ended)
      source.stop()
      if !run.isComplete { _ = try run.drain(source) }
      try run.finish(source)
    } catch is Output.Closed {
      source.stop()
    }
    return run.ledger
  }

  private struct Run {
    let runner: StreamRunner
    let printer: RowPrinter<Record<Event>>
    var ledger = Ledger()
    var toldLoss: UInt64 = 0

    init(runner: StreamRunner, printer: RowPrinter<Record<Event>>) {
      self.runner = runner
      self.printer = printer
    }

    var isComplete: Bool {
      guard let most = runner.settings.maxEvents else { return false }
      return ledger.shown >= UInt64(most)
    }

    mutating func loop(_ source: some EventSource, _ ended: Int32?) throws {
      let loop = RunLoop(output: runner.output, events: source.descriptor, ended: ended)
      let end = runner.settings.duration.map { time(EventClock.now, plus: $0) }
      var nextCheck = EventClock.now + 1_000_000_000
      while !isComplete {
        let count = try drain(source)
        let now = EventClock.now
        if let end, now >= end { return }
        if now >= nextCheck {
          runner.clock.follow()
          try tellLoss(source)
          nextCheck = now + 1_000_000_000
        }
        if source.isExhausted { return }
        let isIdle = count == 0 && source.awaitEvent()
        if count == 0, !isIdle { continue }
        let wait = isIdle ? StreamRunner.idleWait : StreamRunner.busyWait
        // While it is busy only the deadline ends the wait: no program wakes a
        // reader that does not sleep.
        switch loop.wait(until: earliest(end, now + wait)) {
        case .ready: continue
        case .ended: return
        case .outputClosed: throw Output.Closed()
        }
      }
    }

    mutating func drain(_ source: some EventSource) throws -> Int {
      let count = try source.drain { bytes in
        ledger.delivered += 1
        let record = Record<Event>(bytes)
        guard runner.accepts(record) else {
          ledger.filtered += 1
          return true
        }
        printer.print(record)
        ledger.shown += 1
        if runner.output.isFull { try runner.output.flush() }
        return !isComplete
      }
      try runner.output.flush()
      return count
    }

    private mutating func tellLoss(_ source: some EventSource) throws {
      let current = try source.ledger()
      let loss = current.lost + current.mapFull + current.missed
      guard loss > toldLoss else { return }
      toldLoss = loss
      tell(current.lossSentence(tool: runner.settings.tool))
    }

    /// Closes the account and tells it.
    mutating func finish(_ source: some EventSource) throws {
      let shown = ledger
      ledger = try source.ledger()
      ledger.delivered = shown.delivered
      ledger.shown = shown.shown
      ledger.filtered = shown.filtered
      // What came after the last event that was asked for was not even read.
      // A program that still runs may have counted its loss and not yet more.
      let read = ledger.lost + ledger.delivered
      if isComplete, ledger.seen > read { ledger.filtered += ledger.seen - read }
      let settings = runner.settings
      try ledger.tell(
        tool: settings.tool, format: settings.format, stats: settings.stats, to: runner.output)
    }
  }
}
