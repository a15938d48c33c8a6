extension StackTool {
  /// The file of `--record`; nil: the run is not recorded.
  func openStackRecording() throws -> StackRecorder<StackSample>? {
    try stacks.recording.file(of: stacks.run).map {
      try StackRecorder($0, tool: Self.image.name, type: StackRunner.recordType)
    }
  }

  /// What a replay must know of the samples.
  var recordedFacts: [String: String] {
    var facts = [
      "stacks": stacks.userOnly ? "user" : stacks.kernelOnly ? "kernel" : "both",
      "wakers": wakerStacks.rawValue,
    ]
    if perThread { facts["per_thread"] = "1" }
    if Self.measuresTime || samplePeriod != nil { facts["times"] = "1" }
    if stacks.interval != nil { facts["intervals"] = "1" }
    if stacks.lines { facts["lines"] = "1" }
    return facts
  }

  /// Prints the stacks of a recording as a run would.
  func replayStacks() throws -> Int32 {
    let run = stacks.run
    let replay = try IntervalReplay(
      tool: Self.image.name, type: StackRunner.recordType, .stacks
    ) { facts in
      let own = Self.printingOptions.merging(StackOptions<Letters>.printing) { $1 }
      let filters = FilterOptions<Letters>.ofSamples(perThread: facts["per_thread"] != nil)
      return own.merging(filters) { $1 }
    }
    let facts = replay.replay.facts
    let measuresTime = Self.measuresTime || asksTime
    let wakers = facts["wakers"].flatMap(WakerStacks.init) ?? .none
    try check(replay.replay, measuresTime: measuresTime, wakers: wakers)
    var style = stacks.style(measuresTime: measuresTime, wakers: wakers)
    adapt(&style)
    let perThread = facts["per_thread"] != nil
    let columns = try run.columns.choose(
      from: Column<StackSample>.stack(
        measuresTime: measuresTime, perThread: perThread, wakers: wakers),
      format: run.outputFormat)
    let files = try openFiles(style, replay.clock)
    var selection = SampleSelection(stacks.filter, perThread: perThread)
    selection.omitsKernel = stacks.userOnly
    selection.omitsUser = stacks.kernelOnly
    selection.omitsLines = facts["lines"] != nil && !stacks.lines
    let source = RecordedSamples(replay.intervals, selection)
    return try replay.printing(run, tool: Self.name) { output in
      let runner = stackRunner(
        loop: replay.loop, style, columns,
        showsTime: showsTime || facts["intervals"] != nil, files: files, stats: false, output,
        replay.clock)
      return try runner.run(source)
    }
  }

  /// - Throws: ``ToolError`` where the recording lacks what is asked for.
  private func check(_ replay: Replay, measuresTime: Bool, wakers: WakerStacks) throws {
    func lacks(_ what: String) -> ToolError {
      ToolError(.usage, "--replay: '\(replay.reader.path)' has no \(what)")
    }
    let taken = replay.facts["stacks"]
    if stacks.userOnly, taken == "kernel" { throw lacks("user stacks") }
    if stacks.kernelOnly, taken == "user" { throw lacks("kernel stacks") }
    if measuresTime, replay.facts["times"] == nil { throw lacks("times, only counts") }
    if wakerStacks != .none, wakerStacks != wakers { throw lacks("stacks of wakers") }
  }
}

extension StackOptions {
  /// Options that say how stacks are printed, and whether they have a value.
  static var printing: [String: Bool] {
    StackFileOptions.printing.merging(RunOptions<Letters>.letters) { $1 }.merging([
      "-U": false, "--user-stacks-only": false, "-K": false, "--kernel-stacks-only": false,
      "-f": false, "--folded": false, "-d": false, "--delimited": false, "-a": false,
      "--annotations": false, "-A": false, "--address": false,
    ]) { $1 }
  }
}

extension StackFileOptions {
  static let printing = [
    "--flamegraph": true, "--baseline": true, "--with": true, "--pprof": true,
    "--speedscope": true,
  ]
}

extension RunOptions {
  /// The letters of options that say how something is printed.
  static var letters: [String: Bool] {
    var letters: [String: Bool] = [:]
    for letter in [Letters.json, Letters.verbose] {
      if let letter { letters["-\(letter)"] = false }
    }
    return letters
  }
}

extension FilterOptions {
  /// The filters that apply to recorded samples too.
  static func ofSamples(perThread: Bool) -> [String: Bool] {
    var options = ["--pid": true, "--comm": true, "--name": true]
    if perThread { options["--tid"] = true }
    let letters = [Letters.pid, Letters.comm, Letters.name, perThread ? Letters.tid : nil]
    for letter in letters {
      if let letter { options["-\(letter)"] = true }
    }
    return options
  }
}

extension SampleSelection {
  /// - Parameter perThread: threads are distinguished.
  init<Letters>(_ options: FilterOptions<Letters>, perThread: Bool) {
    pids = Set(options.pid ?? [])
    tid = perThread ? options.tid : nil
    comm = ReplayFilter.comm(options)
  }
}
