extension OutstandingTool {
  /// The file of `--record`; nil: the run is not recorded.
  ///
  /// - Throws: ``ToolError`` where what is printed cannot be recorded.
  func openOutstandingRecording() throws -> StackRecorder<OutstandingRow>? {
    guard let file = try outstanding.recording.file(of: outstanding.run) else { return nil }
    guard !reportsEvents else {
      throw ToolError(
        .usage, "--record: only what is outstanding is recorded, not each allocation and free")
    }
    guard !outstanding.showsBlocks || outstanding.maxAllocations <= OutstandingRow.mostBlocks
    else {
      throw ToolError(
        .usage,
        "--record: with -a at most \(OutstandingRow.mostBlocks) allocations can be recorded: "
          + "lower --max-allocations")
    }
    return try StackRecorder(file, tool: Self.image.name, type: OutstandingRunner.recordType)
  }

  /// What a replay must know of what was outstanding.
  var recordedFacts: [String: String] { isOfKernel ? ["of_kernel": "1"] : [:] }

  /// Prints what was outstanding in a recording as a run would.
  func replayOutstanding() throws -> Int32 {
    let options = outstanding
    let replay = try IntervalReplay(
      tool: Self.image.name, type: OutstandingRunner.recordType, .stacks
    ) { facts in
      var printing = StackFileOptions.printing.merging(RunOptions<Letters>.letters) { $1 }
      printing.merge(["-T": true, "--sort": true, "-f": false, "--folded": false]) { $1 }
      // The kernel's own belongs to no task.
      guard facts["of_kernel"] == nil else { return printing }
      return printing.merging(FilterOptions<Letters>.ofSamples(perThread: false)) { $1 }
    }
    let isOfKernel = replay.replay.facts["of_kernel"] != nil
    let columns = try columns(isOfKernel: isOfKernel)
    let files = try openFiles(replay.clock)
    let selection =
      isOfKernel ? SampleSelection() : SampleSelection(options.filter, perThread: false)
    let source = RecordedOutstanding(
      replay.intervals, selection, ordersByCount: options.sort == .count,
      showsBlocks: options.showsBlocks)
    return try replay.printing(options.run, tool: Self.name) { output in
      let runner = outstandingRunner(
        loop: replay.loop, columns, files: files, limit: options.limit, stats: false, output,
        replay.clock)
      return try runner.run(source, events: nil, until: nil)
    }
  }
}
