import Wire

extension StreamTool {
  public static var greatestEvent: Int { 24 << 10 }

  /// Pins the programs, or prints or ends what is pinned, where that is asked for.
  ///
  /// - Returns: the exit status; nil for an ordinary run.
  func runRecorder() throws -> Int32? {
    let recorder = stream.recorder
    guard let option = recorder.asked, !Inquiry.isAsked else { return nil }
    if commandLine != nil {
      throw ToolError(.usage, "\(option): a command can be traced in an ordinary run only")
    }
    if option != "--pin", !stream.filter.isEmpty {
      throw ToolError(.usage, "\(option): a filter must be given with --pin")
    }
    if let name = recorder.pin { return try pinPrograms(as: name) }
    if let name = recorder.attach { return try printPinned(name) }
    return try recorder.unpin.map { try endPinned($0) }
  }

  // MARK: - To pin

  private func pinPrograms(as name: String) throws -> Int32 {
    let run = stream.run
    if duration != nil || stream.maxEvents != nil {
      throw ToolError(.usage, "--pin: give --duration or --max-events in an ordinary run only")
    }
    let layout = RecorderLayout(
      bytes: stream.recorder.pinSize, greatestEvent: Self.greatestEvent)
    // From here on a signal waits until nothing is left, or all.
    Signals.hold()
    let directory = try onPin(name) { () throws(PinError) in try PinDirectory.create(name) }
    do {
      // Any column may be asked for later.
      let tracing = try startTracing(
        identity: true, room: RingRoom(bytes: 4096), recorder: layout)
      tracing.reportHooks()
      try Pin.complete(
        directory, tracing.session, tool: Self.image.name, layout: layout,
        eventSize: MemoryLayout<Event>.size, last: stream.recorder.last)
      guard !Signals.areWaiting else {
        directory.remove()
        return ExitStatus.failure.rawValue
      }
      tracing.session.leaveAttached()
    } catch let error as PinError {
      directory.remove()
      throw ToolError(error, of: name)
    } catch {
      directory.remove()
      throw error
    }
    if run.tellsStart {
      tell("Pinned. \(Self.name) --attach \(name) prints the events, --unpin \(name) ends it.")
    }
    return ExitStatus.success.rawValue
  }

  // MARK: - What is pinned

  private func endPinned(_ name: String) throws -> Int32 {
    let directory = try onPin(name) { () throws(PinError) in try PinDirectory.find(name) }
    // What is not whole belongs to no tool.
    if let pin = try? Pin(directory) { try checkTool(pin) }
    try Pin.end(directory)
    return ExitStatus.success.rawValue
  }

  private func checkTool(_ pin: Pin) throws {
    guard pin.tool != Self.image.name else { return }
    throw ToolError(.usage, "the pin '\(pin.directory.name)' is of another tool, \(pin.tool)")
  }

  private func printPinned(_ name: String) throws -> Int32 {
    let pin = try onPin(name) { () throws(PinError) in try Pin(PinDirectory.find(name)) }
    try checkTool(pin)
    guard pin.release == collectionVersion, pin.meta.event_size == MemoryLayout<Event>.size else {
      throw ToolError(
        .unavailable,
        "the pin '\(name)' was made by another version of \(Self.name); end it with --unpin")
    }
    return try printKept { columns in
      if columns.contains(where: { ownerColumns.contains($0.name) }) { Cgroups.shared.loadOwners() }
      return try pinned(pin)
    }
  }

  private func pinned(_ pin: Pin) throws -> KeptEvents {
    let name = pin.directory.name
    let maps = try onPin(name) { () throws(PinError) in try RecorderMaps(pin) }
    let snapshot = RecorderSnapshot(maps)
    let now = EventClock.now
    let last = stream.recorder.last ?? pin.meta.last_ns
    let oldest = last > 0 && last < now ? now - last : 0
    let watch =
      stream.recorder.watch
      ? try RecorderWatch(maps, in: pin.directory, after: snapshot, from: oldest) : nil
    let clock = EventClock(since: pin.meta.start_ns)
    return KeptEvents(
      source: watch ?? RecorderSource(snapshot, from: oldest), clock: clock,
      begin: {
        // What is printed comes from others.
        try maps.dropCapabilities(keeping: keptCapabilities)
        if stream.run.isVerbose {
          tell("\(Self.name): pinned with these arguments: \(pin.commandLine)")
        }
      },
      caveats: {
        var caveats: [String] = []
        if snapshot.overwritten > 0, snapshot.completeFrom > oldest {
          let out = OutputBuffer(capacity: 64)
          clock.write(snapshot.completeFrom, as: .local, to: out)
          let time = out.withBytes { String(decoding: $0, as: UTF8.self) }
          caveats.append(
            "\(snapshot.overwritten) older events were overwritten; from \(time) on none is "
              + "missing (--pin-size keeps more)")
        }
        if watch?.isPinGone == true { caveats.append("the pin '\(name)' was ended") }
        return caveats
      })
  }

  private func onPin<Result>(
    _ name: String, _ body: () throws(PinError) -> Result
  ) throws -> Result {
    do { return try body() } catch { throw ToolError(error, of: name) }
  }
}
