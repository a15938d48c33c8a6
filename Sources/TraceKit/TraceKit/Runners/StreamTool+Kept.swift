/// Events that are printed in another run than the one that traced them.
struct KeptEvents {
  let source: any EventSource
  /// That of the run which traced them.
  let clock: EventClock
  /// Called when the output is open, before the first event.
  var begin: () throws -> Void = {}
  /// What is to be known of the events, asked after the last one: sentences.
  var caveats: () -> [String] = { [] }
}

extension StreamTool {
  /// Prints events that were kept.
  ///
  /// - Parameter open: finds them, once the columns are known that are printed of them.
  /// - Returns: the exit status.
  func printKept(
    _ open: ([Column<Record<Event>>]) throws -> KeptEvents
  ) throws -> Int32 {
    let run = stream.run
    let columns = try run.columns.choose(from: columns, format: run.outputFormat)
    let kept = try open(columns)
    let output = try run.openOutput()
    Signals.hold()
    try kept.begin()
    let ledger = try printing(columns, to: output, kept.clock, stats: false).run(kept.source)
    for caveat in kept.caveats() { tell("\(Self.name): \(caveat)") }
    // What it costs is not this run's.
    if run.stats { tell(ledger.statistics(tool: Self.name)) }
    return run.failOnLoss && ledger.hasLoss
      ? ExitStatus.failure.rawValue : ExitStatus.success.rawValue
  }
}
