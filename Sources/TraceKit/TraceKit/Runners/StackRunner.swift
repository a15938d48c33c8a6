/// Prints stacks at each interval and at the end, and draws the flame graph.
struct StackRunner {
  let tool: String
  let loop: IntervalLoop
  let printer: StackPrinter
  /// Whether rows are printed, not only a flame graph drawn.
  let writesRows: Bool
  let graph: (flames: FlameGraph, output: Output)?
  let stats: Bool
  let output: Output
  let clock: EventClock

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some StackSource, until ended: Int32? = nil) throws -> Ledger {
    var shown: UInt64 = 0
    var isClosed = false
    var end: UInt64 = 0
    let stop = {
      end = EventClock.now
      source.stop()
    }
    do {
      if writesRows { printer.header() }
      try output.flush()
      try loop.run(
        output: output, clock: clock, until: ended, news: source.descriptor, atEnd: stop,
        onNews: source.follow
      ) { _ in
        let samples = try source.take().sorted {
          (printer.style.value($0), $0.side.pid) < (printer.style.value($1), $1.side.pid)
        }
        if writesRows { printer.print(samples) }
        graph?.flames.add(samples)
        try output.flush()
        for sample in samples { shown += sample.count }
      }
    } catch is Output.Closed {
      stop()
      isClosed = true
    }
    if let graph {
      graph.flames.write(to: graph.output.buffer)
      try graph.output.flush()
    }
    var ledger = try source.ledger()
    ledger.delivered = shown
    ledger.shown = shown
    try ledger.close(
      tool: tool, format: isClosed || !writesRows ? nil : printer.format, to: output,
      cost: stats ? RunCost(ledger, output, clock, end: end) : nil)
    return ledger
  }
}
