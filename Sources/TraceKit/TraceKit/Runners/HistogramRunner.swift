/// Prints histograms at each interval and at the end.
struct HistogramRunner<Key> {
  let tool: String
  let loop: IntervalLoop
  let printer: HistogramPrinter<Key>
  let showsTime: Bool
  let stats: Bool
  let output: Output
  let clock: EventClock
  /// Whether something is printed before the end.
  let printsIntervals: Bool
  /// What is drawn, a column at each interval of the loop; nil: nothing.
  let columns: HeatmapIntervals?
  /// Histograms of several keys come in this order.
  let precedes: (KeyedHistogram<Key>, KeyedHistogram<Key>) -> Bool
  var recorder: IntervalRecorder<KeyedHistogram<Key>>?

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  @discardableResult
  func run(_ source: some HistogramSource<Key>, until ended: Int32? = nil) throws -> Ledger {
    let run = PeriodicRun(
      tool: tool, loop: loop, format: printer.format, stats: stats, output: output, clock: clock)
    var isEnding = false
    func stop() {
      isEnding = true
      source.stop()
    }
    return try run.run(
      until: ended, news: source.descriptor, onNews: source.follow, stop: stop,
      ledger: source.ledger, begin: printer.header
    ) {
      guard printsIntervals || isEnding else {
        columns?.add(try source.counted(), isTaken: false, at: EventClock.now)
        return PeriodicRun.Told()
      }
      let histograms = try source.take().sorted(by: precedes)
      let now = EventClock.now
      recorder?.add(histograms, at: now)
      columns?.add(histograms.map(\.histogram), isTaken: true, at: now)
      if printer.format == .table { heading(now) }
      for histogram in histograms { printer.print(histogram, time: now) }
      return PeriodicRun.Told(shown: histograms.reduce(0) { $0 + $1.histogram.count })
    }
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
