/// Prints histograms at each interval and at the end.
struct HistogramRunner<Key> {
  let tool: String
  let loop: IntervalLoop
  let printer: HistogramPrinter<Key>
  let showsTime: Bool
  let stats: Bool
  let output: Output
  let clock: EventClock
  /// Histograms of several keys come in this order.
  let precedes: (KeyedHistogram<Key>, KeyedHistogram<Key>) -> Bool

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some HistogramSource<Key>, until ended: Int32? = nil) throws -> Ledger {
    var shown: UInt64 = 0
    do {
      printer.header()
      try output.flush()
      try loop.run(output: output, clock: clock, until: ended, atEnd: source.stop) { _ in
        let histograms = try source.take().sorted(by: precedes)
        let now = EventClock.now
        if printer.format == .table { heading(now) }
        for histogram in histograms {
          shown += histogram.histogram.count
          printer.print(histogram, time: now)
        }
        try output.flush()
      }
    } catch is Output.Closed {
      source.stop()
      return try source.ledger()
    }
    var ledger = try source.ledger()
    ledger.delivered = shown
    ledger.shown = shown
    try ledger.tell(tool: tool, format: printer.format, stats: stats, to: output)
    return ledger
  }

  private func heading(_ now: UInt64) {
    output.buffer.append("\n")
    guard showsTime else { return }
    let start = output.buffer.count
    clock.write(now, as: printer.timeFormat, to: output.buffer)
    output.buffer.pad(from: start, to: 8, alignment: .left)
    output.buffer.append("\n")
  }
}
