/// The events of another source, which are recorded on their way.
final class RecordingSource<Event: TraceEvent>: EventSource {
  private let source: any EventSource
  private let recording: Recording
  private let clock: EventClock
  /// Writes all that a replay could print: a column asks the same in each format.
  private let printer: RowPrinter<Record<Event>>
  private let scratch = OutputBuffer()

  /// - Parameter columns: all of the tool, so that a replay can show others than the run.
  init(
    _ source: any EventSource, _ recording: Recording, columns: [Column<Record<Event>>],
    clock: EventClock
  ) {
    self.source = source
    self.recording = recording
    self.clock = clock
    printer = RowPrinter(
      type: "", columns: columns, format: .csv, timeFormat: .none, clock: clock, out: scratch)
  }

  var descriptor: Int32? { source.descriptor }
  var isExhausted: Bool { source.isExhausted }

  func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    recording.follow(clock)
    return try source.drain { event in
      recording.beginEvent()
      if event.byteCount >= MemoryLayout<Event>.size {
        printer.print(Record<Event>(event))
        scratch.removeAll()
      }
      recording.add(event)
      return try body(event)
    }
  }

  func awaitEvent() -> Bool {
    guard source.awaitEvent() else { return false }
    recording.flush()
    return true
  }

  func ledger() throws -> Ledger { try source.ledger() }

  func stop() { source.stop() }
}
