/// Prints what is outstanding at each interval and at the end.
struct OutstandingRunner {
  let tool: String
  let loop: IntervalLoop
  let rows: RowPrinter<OutstandingRow>
  /// Lines for flame graphs in place of a table; nil: the table.
  let folded: StackStyle?
  let writesRows: Bool
  /// What is outstanding at the end is in them.
  let files: StackFiles
  /// Stacks beyond so many are left out.
  let limit: Int
  let format: OutputFormat
  let timeFormat: TimeFormat
  let stats: Bool
  let output: Output
  let clock: EventClock
  var recorder: StackRecorder<OutstandingRow>?

  /// What a JSON record calls itself.
  static let recordType = "outstanding"

  /// - Parameters:
  ///   - events: a ring buffer that is read between the snapshots. What is to be followed
  ///     comes with its events.
  ///   - ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  func run(
    _ source: some OutstandingSource, events: (descriptor: Int32, read: () throws -> UInt64)?,
    until ended: Int32?
  ) throws -> Ledger {
    let run = PeriodicRun(
      tool: tool, loop: loop, format: format, writesRows: writesRows, stats: stats,
      output: output, clock: clock)
    var last: [OutstandingRow] = []
    var told: UInt64 = 0
    var shownEvents: UInt64 = 0
    func readEvents() throws {
      guard let events else { return }
      told += try events.read()
      try output.flush()
    }
    return try run.run(
      until: ended, news: events?.descriptor ?? source.descriptor,
      onNews: {
        try source.follow()
        try readEvents()
      }, stop: source.stop,
      ledger: {
        files.add(last.map(\.sample))
        try files.write(tool: tool)
        var ledger = try source.ledger()
        if events != nil { ledger.seen += told + ledger.lost }
        return ledger
      },
      begin: { if writesRows, format == .csv { rows.header() } }
    ) {
      try readEvents()
      defer { shownEvents = told }
      let (found, others) = try source.take()
      let now = EventClock.now
      recorder?.add(found, at: now, leftOut: others)
      last = Array(found.prefix(limit))
      if writesRows { try print(last, at: now) }
      return PeriodicRun.Told(
        shown: last.reduce(told - shownEvents) { $0 + $1.count },
        filtered: found.dropFirst(limit).reduce(others) { $0 + $1.count })
    }
  }

  private func flush() throws {
    if output.isFull { try output.flush() }
  }

  private func print(_ found: [OutstandingRow], at now: UInt64) throws {
    if let folded {
      return try StackPrinter.fold(found.map(\.sample), folded, to: output.buffer, pause: flush)
    }
    guard format == .table else {
      for row in found {
        rows.print(row)
        try flush()
      }
      return
    }
    let out = output.buffer
    if timeFormat != .none {
      out.append("[")
      clock.write(now, as: timeFormat, to: out)
      out.append("] ")
    }
    out.append("Top \(found.count) stacks with outstanding allocations:\n")
    for row in found {
      out.append("\(row.bytes) bytes in \(row.count) allocations from stack\n")
      for block in row.blocks {
        let address = Symbolizer.hexadecimal(block.address)
        out.append("\taddr = \(address) size = \(block.size)\n")
      }
      for frame in row.frames {
        out.append("\t")
        out.append(escaped: frame.name)
        out.append("\n")
      }
    }
    out.append("\n")
  }
}
