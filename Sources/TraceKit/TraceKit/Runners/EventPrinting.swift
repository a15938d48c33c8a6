/// How the events of a run or of a recording are printed.
struct EventPrinting<Event: TraceEvent> {
  let runner: StreamRunner<Event>
  let order: (any EventOrder)?
  let drawing: HeatmapDrawing?

  /// - Parameter ended: ends the run when it becomes readable.
  /// - Returns: the account of the run.
  func run(_ source: some EventSource, until ended: Int32? = nil) throws -> Ledger {
    let ordered = order.map { OrderedSource(source, $0) }
    let ledger =
      try ordered.map { try runner.run($0, until: ended) } ?? runner.run(source, until: ended)
    try drawing?.write()
    return ledger
  }
}
