extension StreamTool {
  /// The file of `--record`, which is opened before anything is loaded; nil: the run is not
  /// recorded.
  func openRecording() throws -> Recording? {
    try stream.recording.record.map { try Recording($0, tool: Self.name) }
  }

  /// Begins a recording, before the tool gives up its capabilities.
  ///
  /// - Returns: a source that records the events of another.
  func record(
    _ source: some EventSource, in recording: Recording, clock: EventClock
  ) throws -> any EventSource {
    var facts = RecordingFacts(tool: Self.image.name, type: Self.recordType, clock: clock)
    let fields = EventFields(of: Event.self)
    facts["event"] = fields.text
    facts["event_size"] = "\(fields.size)"
    try kernelPart().write(to: &facts)
    facts[bytes: "found"] = try finding?.recorded
    recording.begin(facts, clock)
    Lookup.desk = recording
    return RecordingSource<Event>(source, recording, columns: columns, clock: clock)
  }

  /// Prints the events of a recording.
  func replayEvents() throws -> Int32 {
    let replay = try Replay.opened()
    let run = stream.run
    try checkReplay(replay)
    var tool = self
    let own = tool.takeReplayFilter()
    try tool.checkKernelPart(replay.facts)
    let filter = try ReplayFilter(stream.filter, replay.facts)
    if run.isVerbose { tell(replay.description(tool: Self.name)) }
    EventClock.stopped = replay.account?.end ?? replay.start
    return try printKept { _ in
      let source = try ReplaySource(
        replay, tool: Self.name, clock: replay.clock, fields: EventFields(of: Event.self)
      ) { event in
        let record = Record<Event>(event)
        return filter.passes(record.header) && (own.map { $0(record) } ?? true)
      }
      return KeptEvents(
        source: source, clock: replay.clock,
        caveats: { source.caveat.map { ["--replay: '\(replay.reader.path)' \($0)"] } ?? [] })
    }
  }

  /// - Throws: ``ToolError`` for an option that has no meaning without a kernel, or where the
  ///   recording is another tool's.
  private func checkReplay(_ replay: Replay) throws {
    try replay.check(tool: Self.image.name, rows: nil)
    try replay.check(tool: Self.image.name, type: Self.recordType)
    let run = stream.run
    let unable: [(name: String, isGiven: Bool)] = [
      ("the command", commandLine != nil), ("--check", run.check), ("--hooks", run.hooks != nil),
      ("--btf", run.btf != nil), ("--buffer-size", stream.bufferSize != nil),
      ("--duration", duration != nil),
    ]
    if let option = unable.first(where: \.isGiven) { throw Replay.unable(option.name) }
  }
}
