import Wire

/// The options of a tool that prints a row for each event.
public final class StreamOptions<Letters: OptionLetters>: ParsableArguments {
  @OptionGroup(title: "Filters") public var filter: FilterOptions<Letters>
  @OptionGroup(title: "Common options") public var run: RunOptions<Letters>

  @Option(
    name: spelled(Letters.maxEvents, "max-events"), parsing: .unconditional,
    help: "Stop after this many rows.", transform: Parse.count)
  var maxEvents: Int?

  @Option(
    name: spelled(Letters.bufferSize, "buffer-size"), parsing: .unconditional,
    help: "Set the minimum size of the ring buffer in bytes (K, M, G).", transform: Parse.bytes)
  var bufferSize: Int?

  @OptionGroup(title: "Record and replay") var recording: RecordingOptions
  @OptionGroup(title: "Flight recorder") var recorder: RecorderOptions

  public init() {}

  public func validate() throws {
    if recording.record != nil, run.check {
      throw ValidationError("--record and --check cannot be combined.")
    }
    guard let option = recorder.asked else { return }
    let others = [
      ("--record", recording.record != nil), ("--replay", recording.replay != nil),
      ("--listen or --otlp", run.isExported), ("--check", run.check),
    ]
    for (other, isGiven) in others where isGiven {
      throw ValidationError("\(option) and \(other) cannot be combined.")
    }
  }

  /// Whether the tool needs no other argument: it answers a question about itself, ends what was
  /// pinned, or shows what was recorded.
  public var onlyAnswers: Bool { run.onlyAnswers || recorder.unpin != nil || Replay.isUsed }

  /// Whether somebody may see a column, so that programs need not find out what nobody sees: a
  /// replay can print any.
  ///
  /// - Throws: ``ToolError`` for a name in `--columns` that no column has.
  public func prints<Row: ~Copyable & ~Escapable>(
    _ name: String, of columns: [Column<Row>]
  ) throws -> Bool {
    try recording.record != nil || run.prints(name, of: columns)
  }

  /// Uses the size of the ring buffer that another option of the tool asks for.
  public func useBuffer(ofBytes size: Int) { bufferSize = max(bufferSize ?? 0, size) }
}
