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
    var isClosed = false
    var end: UInt64 = 0
    let stop = {
      end = EventClock.now
      source.stop()
    }
    do {
      printer.header()
      try output.flush()
      try loop.run(output: output, clock: clock, until: ended, atEnd: stop) { _ in
        let histograms = try source.take().sorted(by: precedes)
        let now = EventClock.now
        if printer.format == .table { heading(now) }
        for histogram in histograms { printer.print(histogram, time: now) }
        try output.flush()
        for histogram in histograms { shown += histogram.histogram.count }
      }
    } catch is Output.Closed {
      stop()
      isClosed = true
    }
    var ledger = try source.ledger()
    ledger.delivered = shown
    ledger.shown = shown
    try ledger.close(
      tool: tool, format: isClosed ? nil : printer.format, to: output,
      cost: stats ? RunCost(ledger, output, clock, end: end) : nil)
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
