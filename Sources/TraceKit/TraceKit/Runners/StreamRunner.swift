/// Prints a row for each event.
public struct StreamRunner<Event: TraceEvent> {
  /// How a run is to be, without where its events come from.
  struct Settings {
    var tool: String
    var type: String
    var format: OutputFormat = .table
    var timeFormat: TimeFormat = .local
    /// A table has a line for each value.
    var isVertical = false
    var duration: Double?
    var maxEvents: Int?
    var stats = false
  }

  let settings: Settings
  let columns: [Column<Record<Event>>]
  let output: Output
  let clock: EventClock
  /// Writes an event as it is; nil: as a row.
  var mirror: ((borrowing Record<Event>, OutputBuffer) -> Void)?
  /// Whether an event is shown, where only user space can decide.
  let accepts: (borrowing Record<Event>) -> Bool
  /// What of the events that are shown is drawn, and where.
  var drawn: (events: DrawnEvents<Event>, heatmap: Heatmap)?

  /// While events come, the reader looks again after this time without being
  /// woken for each.
  private static var busyWait: UInt64 { 20_000_000 }
  /// A wake-up can be missed where it is asked for in the same moment, so the reader looks
  /// once more after this time.
  private static var firstIdleWait: UInt64 { 100_000_000 }
  /// Then only an event wakes it, and this: a map that is full keeps events out, which is
  /// told even if no other comes.
  private static var idleWait: UInt64 { 60_000_000_000 }
  /// So many events are taken before the reader looks at the time and at signals,
  /// since events can come as fast as they are read.
  private static var batch: Int { 4096 }

  /// Runs until the source ends, the time is over, enough events were shown, a
  /// signal comes, or the reader goes away.
  ///
  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some EventSource, until ended: Int32? = nil) throws -> Ledger {
    let run = Run(runner: self, source: source)
    output.whileWaiting = run.tellLoss
    defer { output.whileWaiting = nil }
    do {
      try run.begin()
      try run.loop(ended)
      run.stop()
      while !run.isComplete, try run.drain() > 0 {}
      try run.finish(isClosed: false)
    } catch is Output.Closed {
      run.stop()
      try run.finish(isClosed: true)
    }
    return run.ledger
  }

  private final class Run<Source: EventSource> {
    let runner: StreamRunner
    let source: Source
    let printer: RowPrinter<Record<Event>>
    let print: (borrowing Record<Event>) -> Void
    let accepts: (borrowing Record<Event>) -> Bool
    var ledger = Ledger()
    /// Rows that are shown once they are written.
    var unwritten: UInt64 = 0
    /// The last batch ended before the events that were there.
    var hasMore = false
    /// When events were no longer waited for.
    var end: UInt64?
    var toldLoss: UInt64 = 0
    var nextTelling = EventClock.now + 1_000_000_000
    /// When the account so far is written; nil: never.
    lazy var nextAccount: UInt64? = runner.output.hasAccounts ? EventClock.now : nil
    /// Events came since the account was looked at.
    var mayHaveLost = false

    init(runner: StreamRunner, source: Source) {
      let settings = runner.settings
      self.runner = runner
      self.source = source
      accepts = runner.accepts
      printer = RowPrinter(
        type: settings.type, columns: runner.columns, format: settings.format,
        timeFormat: settings.timeFormat, clock: runner.clock, isVertical: settings.isVertical,
        out: runner.output.buffer)
      if let mirror = runner.mirror {
        let out = runner.output.buffer
        print = { mirror($0, out) }
      } else {
        print = printer.print
      }
    }

    var isComplete: Bool {
      guard let most = runner.settings.maxEvents else { return false }
      return ledger.shown + unwritten >= UInt64(most)
    }

    func begin() throws {
      if runner.mirror == nil { printer.header() }
      try flush()
    }

    func loop(_ ended: Int32?) throws {
      let loop = RunLoop(output: runner.output, events: source.descriptor, ended: ended)
      let end = runner.settings.duration.map { time(EventClock.now, plus: $0) }
      var idleSince: UInt64?
      while !isComplete {
        // The clock may have been set.
        runner.clock.follow()
        let count = try drain()
        let now = EventClock.now
        if let end, now >= end { return }
        tellLoss()
        try writeAccount()
        if source.isExhausted { return }
        let isIdle = count == 0 && source.awaitEvent()
        if count == 0, !isIdle { continue }
        var wait = StreamRunner.busyWait
        idleSince = isIdle ? idleSince ?? now : nil
        if let idleSince {
          let looked = now - idleSince >= StreamRunner.firstIdleWait
          wait = looked ? StreamRunner.idleWait : StreamRunner.firstIdleWait
        }
        if hasMore { wait = 0 }
        // While it is busy only the deadline ends the wait: no program wakes a
        // reader that does not sleep.
        let telling = mayHaveLost ? nextTelling : nil
        switch loop.wait(until: earliest(end, now + wait, telling, nextAccount)) {
        case .ready: continue
        case .ended: return
        case .outputClosed: throw Output.Closed()
        }
      }
    }

    /// Prints the available events, at most a batch or a full buffer of rows.
    func drain() throws -> Int {
      var taken = 0
      hasMore = false
      _ = try source.drain { bytes in
        guard bytes.byteCount >= MemoryLayout<Event>.size else {
          throw ToolError(
            .failure,
            "an event has \(bytes.byteCount) bytes, fewer than "
              + "\(MemoryLayout<Event>.size): build both sides from the same header")
        }
        taken += 1
        ledger.delivered += 1
        let record = Record<Event>(bytes)
        if accepts(record) {
          print(record)
          draw(record)
          unwritten += 1
        } else {
          ledger.filtered += 1
        }
        hasMore = runner.output.isFull || taken == StreamRunner.batch
        return !isComplete && !hasMore
      }
      if taken > 0 { mayHaveLost = true }
      try flush()
      return taken
    }

    private func draw(_ record: borrowing Record<Event>) {
      guard let drawn = runner.drawn else { return }
      drawn.heatmap.add(drawn.events.value(record), at: record.header.time_ns)
    }

    private func flush() throws {
      try runner.output.flush()
      ledger.shown += unwritten
      unwritten = 0
    }

    /// Tells loss that is new, at most once a second.
    func tellLoss() {
      let now = EventClock.now
      guard now >= nextTelling else { return }
      nextTelling = now + 1_000_000_000
      mayHaveLost = false
      guard let current = try? source.ledger() else { return }
      let loss = current.lost + current.mapFull + current.missed
      guard loss > toldLoss else { return }
      toldLoss = loss
      tell(current.lossSentence(tool: runner.settings.tool))
    }

    private func writeAccount() throws {
      let now = EventClock.now
      guard let due = nextAccount, now >= due else { return }
      nextAccount = now + 1_000_000_000
      var current = try source.ledger()
      current.delivered = ledger.delivered
      current.shown = ledger.shown
      current.filtered = ledger.filtered
      current.writeJSON(to: runner.output.buffer, type: "account")
      try runner.output.flush()
    }

    func stop() {
      if end == nil { end = EventClock.now }
      source.stop()
    }

    /// Closes the account and reports it.
    ///
    /// - Parameter isClosed: nobody reads the output any more.
    func finish(isClosed: Bool) throws {
      let printed = ledger
      ledger = try source.ledger()
      ledger.delivered = printed.delivered
      ledger.shown = printed.shown
      ledger.filtered += printed.filtered
      // What came after the last event that was asked for was not even read, and
      // what nobody read was not written. A program that still runs may have
      // counted its loss and not yet more.
      let known =
        ledger.lost + ledger.shown + ledger.filtered + (ledger.overwritten ?? 0)
      if isComplete || isClosed, ledger.seen > known { ledger.filtered += ledger.seen - known }
      let settings = runner.settings
      try ledger.close(
        tool: settings.tool, format: isClosed ? nil : settings.format, to: runner.output,
        cost: settings.stats
          ? RunCost(ledger, runner.output, runner.clock, end: end ?? EventClock.now) : nil)
    }
  }
}
