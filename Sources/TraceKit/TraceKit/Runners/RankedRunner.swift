import Glibc

/// Prints a table of the greatest at each interval.
///
/// On a terminal each table replaces the one before, and keys change the order, hold
/// the screen or end the run. While it is held nothing is taken from the kernel, so the
/// next table is of all that time.
struct RankedRunner<Key, Totals> {
  typealias Row = RankedRow<Key, Totals>

  /// How a run is to be, without where its totals come from.
  struct Settings {
    var tool: String
    var type: String
    var format: OutputFormat = .table
    var timeFormat: TimeFormat = .local
    /// Seconds.
    var interval: Double
    /// End after so many tables.
    var count: Int?
    /// End after so many seconds.
    var duration: Double?
    /// At most so many rows; nil: what a person can read, or all for a program.
    var rows: Int?
    /// Whether the load averages are over each table.
    var showsLoad = true
    var stats = false
  }

  let settings: Settings
  /// Each row belongs to one of them.
  let tables: [TablePart<Row>]
  let orders: [RankedOrder<Row>]
  /// How many events a row stands for.
  let events: (Totals) -> UInt64
  let output: Output
  let clock: EventClock
  var recorder: IntervalRecorder<Row>?

  /// The rows of a table for a person.
  static var readableRows: Int { 20 }
  /// The lines of a screen that no rows can have: time, keys, header, cursor.
  static var otherLines: Int { 4 }

  /// - Parameters:
  ///   - order: the place of the first order.
  ///   - terminal: what the tables are drawn on; nil: they follow each other.
  ///   - ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(
    _ source: some TotalsSource<Key, Totals>, by order: Int = 0, on terminal: Terminal? = nil,
    until ended: Int32? = nil
  ) throws -> Ledger {
    let run = Run(runner: self, source: source, terminal: terminal, order: order)
    var isClosed = false
    do {
      try run.loop(ended)
    } catch is Output.Closed {
      isClosed = true
    }
    terminal?.release()
    return try run.finish(isClosed: isClosed)
  }

  private final class Run<Source: TotalsSource<Key, Totals>> {
    let runner: RankedRunner
    let source: Source
    let terminal: Terminal?
    let printers: [RowPrinter<Row>]
    var order: Int
    /// The table that stands, in no order, and when it was made.
    var rows: [Row] = []
    var madeAt: UInt64
    var load = ""
    var isHeld = false
    var tables = 0
    var shown: UInt64 = 0
    var filtered: UInt64 = 0
    /// When events were no longer waited for.
    var end: UInt64?

    init(runner: RankedRunner, source: Source, terminal: Terminal?, order: Int) {
      let settings = runner.settings
      self.runner = runner
      self.source = source
      self.terminal = terminal
      self.order = order
      madeAt = EventClock.now
      printers = runner.tables.map { table in
        RowPrinter(
          type: settings.type, columns: table.columns, format: settings.format,
          timeFormat: settings.timeFormat, clock: runner.clock, out: runner.output.buffer)
      }
    }

    func loop(_ ended: Int32?) throws {
      let settings = runner.settings
      let loop = RunLoop(output: runner.output, events: terminal?.keys, ended: ended)
      let end = settings.duration.map { time(EventClock.now, plus: $0) }
      var next = time(EventClock.now, plus: settings.interval)
      if settings.format == .csv { printers[0].header() }
      try runner.output.flush()
      try writeAccount()
      while true {
        let wake = loop.wait(until: isHeld ? end : earliest(next, end))
        if case .outputClosed = wake { throw Output.Closed() }
        if case .ended = wake { return try endEarly() }
        if let terminal {
          guard let keys = terminal.pressed(), try obey(keys) else { return try endEarly() }
        }
        let now = EventClock.now
        if let end, now >= end {
          stop()
          return try printTable()
        }
        guard !isHeld, now >= next else { continue }
        tables += 1
        let isLast = tables == settings.count
        if isLast { stop() }
        runner.clock.follow()
        try printTable()
        if isLast { return }
        // The next is due an interval after this one was, not after it was done.
        next = max(time(next, plus: settings.interval), EventClock.now)
      }
    }

    /// Who ends the run by a key sees the last whole table, which stays; everyone else
    /// gets what came after it.
    private func endEarly() throws {
      stop()
      if terminal?.keys == nil || tables == 0 { try printTable() }
    }

    /// Does what keys ask for.
    ///
    /// - Returns: false where the run is to end.
    private func obey(_ keys: [UInt8]) throws -> Bool {
      for key in keys {
        switch key {
        case UInt8(ascii: "q"): return false
        case UInt8(ascii: "p"), UInt8(ascii: " "): isHeld.toggle()
        default:
          guard
            let chosen = runner.orders.firstIndex(where: { $0.key.asciiValue == key })
          else { continue }
          order = chosen
        }
      }
      if !keys.isEmpty { try draw() }
      return true
    }

    /// Prints the totals since the last table.
    private func printTable() throws {
      let began = madeAt
      // To detach many probes takes seconds.
      madeAt = end ?? EventClock.now
      rows = try source.take().map {
        Row(key: $0.key, totals: $0.value, time: madeAt, span: madeAt - began)
      }
      let settings = runner.settings
      if settings.showsLoad, settings.format == .table || runner.recorder != nil {
        load = LoadAverages.current
      }
      let visible = try draw()
      let all = sorted()
      runner.recorder?.add(all, at: madeAt, load: settings.showsLoad ? load : nil)
      for (index, row) in all.enumerated() {
        let count = runner.events(row.totals)
        if index < visible { shown += count } else { filtered += count }
      }
      try writeAccount()
    }

    private func sorted() -> [Row] { rows.sorted(by: runner.orders[order].precedes) }

    /// Writes the table that stands.
    ///
    /// - Returns: how many rows were written.
    @discardableResult
    private func draw() throws -> Int {
      let settings = runner.settings
      var most = settings.rows ?? (settings.format == .table ? RankedRunner.readableRows : Int.max)
      if let lines = terminal?.lines {
        let others = RankedRunner.otherLines + 2 * (printers.count - 1)
        most = min(most, max(lines - others, 1))
      }
      if settings.format == .table { heading() }
      printParts(of: sorted().prefix(most))
      try runner.output.flush()
      return min(most, rows.count)
    }

    /// Prints the tables that have rows, or the first.
    private func printParts(of rows: some Sequence<Row>) {
      var parts = runner.tables.indices.map { index in
        (index, rows.filter(runner.tables[index].includes))
      }
      parts.removeAll { $0.1.isEmpty }
      for (place, (index, rows)) in (parts.isEmpty ? [(0, [])] : parts).enumerated() {
        if runner.settings.format == .table {
          if place > 0 { runner.output.buffer.append("\n") }
          printers[index].header()
        }
        for row in rows { printers[index].print(row) }
      }
    }

    private func heading() {
      let out = runner.output.buffer
      if terminal != nil { out.clearScreen() } else { out.append("\n") }
      if runner.settings.showsLoad {
        LoadAverages.write(
          load, at: madeAt, as: runner.settings.timeFormat, by: runner.clock, to: out)
      }
      if let terminal, terminal.keys != nil { keyLine(terminal) }
    }

    private func keyLine(_ terminal: Terminal) {
      let out = runner.output.buffer
      if terminal.allowsStyles { out.append("\u{1b}[7m") }
      out.append(isHeld ? "held" : "running")
      out.append(", by \(runner.orders[order].name)   keys:")
      for order in runner.orders { out.append(" \(order.key) \(order.name),") }
      out.append(isHeld ? " p go on, q quit" : " p hold, q quit")
      if terminal.allowsStyles { out.append("\u{1b}[0m") }
      out.append("\n")
    }

    private func stop() {
      if end == nil { end = EventClock.now }
      source.stop()
    }

    private func writeAccount() throws {
      guard runner.output.hasAccounts else { return }
      try account().writeJSON(to: runner.output.buffer, type: "account")
      try runner.output.flush()
    }

    private func account() throws -> Ledger {
      var ledger = try source.ledger()
      ledger.delivered = shown + filtered
      ledger.shown = shown
      ledger.filtered = filtered
      return ledger
    }

    /// Closes the account and tells it.
    ///
    /// - Parameter isClosed: nobody reads the output any more.
    func finish(isClosed: Bool) throws -> Ledger {
      stop()
      for row in try source.take() { filtered += runner.events(row.value) }
      let ledger = try account()
      let settings = runner.settings
      try ledger.close(
        tool: settings.tool, format: isClosed ? nil : settings.format, to: runner.output,
        cost: settings.stats
          ? RunCost(ledger, runner.output, runner.clock, end: end ?? EventClock.now) : nil)
      return ledger
    }
  }
}
