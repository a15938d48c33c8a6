import Foundation
import Testing

@testable import TraceKit

/// What is counted by stacks, recorded and replayed.
@Suite struct StackRecordingTests {
  private static let hostile = "f(int)\u{1b}[2J;\n\"\\ \u{202e}"

  private func user(_ names: [String], pid: UInt64 = 7) -> [Frame] {
    names.enumerated().map { Frame(name: $1, address: pid << 32 + UInt64($0), isKernel: false) }
  }

  private let kernel = [
    Frame(name: "read", address: 0xffff_8000, isKernel: true, offset: 0x17),
    Frame(name: "entry_of_all", address: 0xffff_9000, isKernel: true, offset: 0),
  ]

  private func side(
    _ pid: UInt32, _ comm: String, user: [Frame], kernel: [Frame]? = nil
  ) -> StackSide {
    StackSide(
      pid: pid, tid: pid + 1, comm: Array(comm.utf8), kernel: kernel ?? self.kernel, user: user)
  }

  /// Two intervals, those that count least first, as a runner has them.
  private var intervals: [[StackSample]] {
    let interrupt = StackSide(
      pid: 0, tid: 0, comm: Array("[interrupt]".utf8), kernel: kernel, user: [],
      isInterrupt: true)
    let lined = [
      Frame(
        name: "inner", address: 0x40, isKernel: false,
        place: SourcePlace(file: "/src/a;b.c", line: 23), isInlined: true),
      Frame(
        name: Self.hostile, address: 0x40, isKernel: false, offset: 3,
        place: SourcePlace(file: "/src/main.c", line: 0)),
    ]
    return [
      [
        StackSample(side: side(9, "db", user: []), count: 1, time: 2_000, taken: 60),
        StackSample(
          side: side(7, Self.hostile, user: user(["inner", "main"])),
          waker: side(8, "waker", user: user(["post"]), kernel: []), count: 2, time: 3_999,
          taken: 60),
        StackSample(
          side: side(7, "web", user: user(["inner", "main"])), waker: interrupt, count: 23,
          time: 1_000_000, taken: 60),
      ],
      [
        StackSample(side: side(7, "web", user: lined), count: 3, time: 5_000, taken: 70),
        StackSample(
          side: side(7, "web", user: user(["inner", "main"])), count: 4, time: 6_000, taken: 70),
      ],
    ]
  }

  private let clock = EventClock(start: 50, offset: 1_700_000_000_000_000_000)

  private func record(_ intervals: [[StackSample]], in path: String) throws {
    let recorder = try StackRecorder<StackSample>(path, tool: "profile", type: "stack")
    recorder.note("before \(Self.hostile)")
    recorder.begin(clock, ["wakers": "beside"])
    for (number, samples) in intervals.enumerated() {
      recorder.add(samples.reversed(), at: 61 + UInt64(number) * 10)
    }
    recorder.note("after")
    var ledger = Ledger()
    (ledger.seen, ledger.mapFull) = (33, 2)
    #expect(recorder.finish(ledger, status: 0) == 0)
  }

  private func replayed(
    _ path: String, _ selection: SampleSelection = SampleSelection()
  ) throws -> (samples: [[StackSample]], left: [UInt64], intervals: RecordedIntervals) {
    let replay = try Replay(path)
    try replay.check(tool: "profile", rows: .stacks)
    let intervals = RecordedIntervals(replay, clock: EventClock(recordedFrom: 0))
    let source = RecordedSamples(intervals, selection)
    var samples: [[StackSample]] = []
    var left: [UInt64] = []
    for _ in 0..<intervals.count {
      let found = source.take()
      if intervals.caveat?.contains("damaged") == true { break }
      samples.append(found)
      left.append(source.leftOut)
    }
    // To the account.
    _ = source.take()
    return (samples, left, intervals)
  }

  private struct Sample: Equatable {
    private let commands: [[UInt8]]
    private let stacks: [[Frame]]
    private let numbers: [UInt64]

    init(_ sample: StackSample) {
      let sides = [sample.side] + (sample.waker.map { [$0] } ?? [])
      commands = sides.map(\.comm)
      stacks = sides.flatMap { [$0.kernel, $0.user] }
      numbers =
        [sample.count, sample.time, sample.taken]
        + sides.flatMap { [UInt64($0.pid), UInt64($0.tid), $0.isInterrupt ? 1 : 0] }
    }
  }

  private func printed(_ samples: [StackSample], _ format: OutputFormat, isFolded: Bool) -> String {
    var style = StackStyle()
    style.isFolded = isFolded
    style.showsAddresses = true
    style.showsOffsets = true
    style.measuresTime = true
    style.wakers = .beside
    return text { out in
      let columns = Column<StackSample>.stack(measuresTime: true, perThread: true, wakers: .beside)
      let rows = RowPrinter(
        type: "stack", columns: columns, format: format, timeFormat: .iso, clock: clock, out: out)
      let printer = StackPrinter(
        style: style, format: format, timeFormat: .iso, rows: rows, out: out)
      printer.header()
      printer.print(samples) {}
    }
  }

  @Test func `a replay has the samples of the run, in each format`() throws {
    try withTemporaryFile { path in
      try record(intervals, in: path)
      let found = try replayed(path)
      #expect(found.samples.map { $0.map(Sample.init) } == intervals.map { $0.map(Sample.init) })
      #expect(found.left == [0, 0])
      for (run, replay) in zip(intervals, found.samples) {
        for format in [OutputFormat.table, .json, .csv] {
          for isFolded in [false, true] {
            let texts = [run, replay].map { printed($0, format, isFolded: isFolded) }
            #expect(texts[0] == texts[1] && !texts[0].isEmpty)
          }
        }
      }
      #expect(found.intervals.caveat == nil)
      #expect(found.intervals.notes.last == "after")
      #expect(found.intervals.notes.first?.hasPrefix("before f(int)\\x1b[2J") == true)
      let ledger = found.intervals.ledger
      #expect((ledger.seen, ledger.mapFull) == (33, 2))
    }
  }

  @Test func `a frame is in the file once, and such a file needs a reader of stacks`() throws {
    try withTemporaryFile { path in
      try record(intervals, in: path)
      let bytes = try Data(contentsOf: URL(filePath: path))
      #expect(bytes[12] == 2)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.components(separatedBy: "entry_of_all").count == 2)
      _ = try RecordingWriter(path, tool: "opensnoop")
      #expect(try Data(contentsOf: URL(filePath: path))[12] == 1)
    }
  }

  @Test func `filters select by the process, the thread and the command`() throws {
    try withTemporaryFile { path in
      try record(intervals, in: path)
      func counts(_ change: (inout SampleSelection) -> Void) throws -> ([[UInt64]], [UInt64]) {
        var selection = SampleSelection()
        change(&selection)
        let found = try replayed(path, selection)
        return (found.samples.map { $0.map(\.count) }, found.left)
      }
      #expect(try counts { $0.pids = [9, 10] } == ([[1], []], [25, 7]))
      #expect(try counts { $0.tid = 8 } == ([[2, 23], [3, 4]], [1, 0]))
      #expect(try counts { $0.comm = { $0 == Array("web".utf8) } } == ([[23], [3, 4]], [3, 0]))
    }
  }

  @Test func `what is not shown distinguishes no samples`() throws {
    let samples = ["a", "b"].map {
      StackSample(
        side: side(7, "web", user: user([$0, "main"])), count: 2, time: 3, taken: 5)
    }
    var selection = SampleSelection()
    selection.omitsUser = true
    let kernelOnly = selection.shown(samples)
    #expect(kernelOnly.map(\.count) == [4] && kernelOnly[0].time == 6)
    #expect(kernelOnly[0].side.kernel == kernel && kernelOnly[0].side.user.isEmpty)
    selection = SampleSelection()
    selection.omitsKernel = true
    let userOnly = selection.shown(samples)
    #expect(userOnly.map(\.count) == [2, 2])
    #expect(userOnly.allSatisfy { $0.side.kernel.isEmpty && $0.side.user.count == 2 })
    selection = SampleSelection()
    selection.omitsLines = true
    let plain = selection.shown(intervals[1])
    #expect(
      plain[0].side.user == [
        Frame(name: Self.hostile, address: 0x40, isKernel: false, offset: 3)
      ])
  }

  @Test func `a file that ends anywhere is read up to its last whole interval`() throws {
    try withTemporaryFile { path in
      try record(intervals, in: path)
      let whole = try Data(contentsOf: URL(filePath: path))
      var counts: Set<Int> = []
      for size in 0..<whole.count {
        try whole.prefix(size).write(to: URL(filePath: path))
        do {
          let found = try replayed(path)
          let caveat = try #require(found.intervals.caveat, "\(size)")
          #expect(caveat.contains("after \(found.samples.count) interval"), "\(size)")
          counts.insert(found.samples.count)
        } catch let error as ToolError {
          #expect(counts.isEmpty, "\(size): \(error)")
        }
      }
      #expect(counts == [0, 1, 2])
    }
  }

  /// A file with one block before the end of its only interval.
  private func caveat(_ kind: RecordingFormat.Kind, _ write: (inout EntryWriter) -> Void) throws
    -> String?
  {
    try withTemporaryFile { path in
      let writer = try RecordingWriter(path, tool: "profile", version: .stacks)
      var facts = RecordingFacts()
      facts["tool"] = "profile"
      facts["rows"] = "stacks"
      writer.append(.facts, facts.entries)
      var entry = EntryWriter()
      write(&entry)
      writer.append(kind, entry)
      writer.append(.interval, RecordedInterval(time: 1, offset: 0, zone: 0).bytes)
      writer.append(.account, RecordingAccount(Ledger(), recorded: 0, end: 1).entries)
      return try replayed(path).intervals.caveat
    }
  }

  private func sample(_ count: UInt64, stack: UInt32, to writer: inout EntryWriter) {
    writer.number(UInt32(1))
    for number in [UInt32(0), 7, 7] { writer.number(number) }
    writer.text(Array("web".utf8))
    writer.number(stack)
    writer.number(UInt32(0))
    for number in [count, 0, 0] { writer.number(number) }
  }

  @Test func `what a tool does not write is damage`() throws {
    #expect(try caveat(.samples) { sample(1, stack: 0, to: &$0) } == nil)
    let damaged: [(RecordingFormat.Kind, String, (inout EntryWriter) -> Void)] = [
      // A stack, a frame and a number of sides that are not there.
      (.samples, "row", { sample(1, stack: 1, to: &$0) }),
      (.stacks, "stack", { for number in [UInt32(1), 0] { $0.number(number) } }),
      (.samples, "row", { $0.number(UInt32(3)) }),
      // More than can have been counted, and more than fits.
      (.samples, "row", { for _ in 0..<3 { sample(1 << 61, stack: 0, to: &$0) } }),
      (.stacks, "stack", { $0.number(UInt32.max) }),
      (.frames, "frame", { $0.number(UInt32(0)) }),
    ]
    for (kind, what, write) in damaged {
      #expect(try caveat(kind, write) == "has a damaged \(what), after 0 intervals")
    }
  }

  @Test func `an interval of more frames than there is room for is damage`() throws {
    try withTemporaryFile { path in
      let name = String(repeating: "n", count: 1 << 20)
      let stack = [Frame](repeating: Frame(name: name, address: 1, isKernel: false), count: 60)
      let writer = try RecordingWriter(path, tool: "profile", version: .stacks)
      var facts = RecordingFacts()
      facts["tool"] = "profile"
      facts["rows"] = "stacks"
      writer.append(.facts, facts.entries)
      var (table, rows) = (StackTableWriter(), EntryWriter())
      let sample = StackSample(side: side(7, "web", user: stack), count: 1)
      for _ in 0..<10 { sample.append(to: &rows, &table) }
      table.flush(to: writer)
      writer.append(.samples, rows)
      writer.append(.interval, RecordedInterval(time: 1, offset: 0, zone: 0).bytes)
      let caveat = try replayed(path).intervals.caveat
      #expect(caveat == "has a damaged row, after 0 intervals")
    }
  }

  @Test func `options of a replay print, or were recorded`() throws {
    let printing = StackOptions<NoLetters>.printing.merging([
      "--replay": true, "-p": true, "--comm": true,
    ]) { $1 }
    func check(_ arguments: [String]) throws {
      try IntervalReplay.check(
        ["--replay", "x"] + arguments, recorded: "-F 99 -p 185", printing: printing)
    }
    for arguments in [
      ["-f"], ["-fd"], ["-KaA"], ["--flamegraph", "a.svg"], ["-p", "7", "-F", "99"],
      ["--comm=web"], ["-v"],
    ] {
      try check(arguments)
    }
    for (arguments, named) in [
      (["-F", "49"], "-F 49"), (["-fI"], "-fI"), (["--uid", "0"], "--uid"), (["5"], "5"),
      (["-f", "-I"], "-I"),
    ] {
      let error = try #require(throws: ToolError.self) { try check(arguments) }
      #expect(error.status == .usage && error.description.hasPrefix(named + ": "))
    }
  }

  @Test func `what was outstanding is what it was`() throws {
    try withTemporaryFile { path in
      var rows = [
        OutstandingRow(
          pid: 7, comm: Array(Self.hostile.utf8), bytes: 4096, count: 2, age: 5,
          frames: user(["malloc", "main"]), taken: 60),
        OutstandingRow(pid: 8, comm: Array("db".utf8), bytes: 23, count: 23, taken: 60),
      ]
      rows[0].blocks = [(0x1000, 4000), (0x3000, 96)]
      let recorder = try StackRecorder<OutstandingRow>(path, tool: "memleak", type: "outstanding")
      recorder.begin(clock, [:])
      recorder.add(rows, at: 61)
      #expect(recorder.finish(Ledger(), status: 0) == 0)
      func replayed(
        byCount: Bool = false, blocks: Bool = true, _ selection: SampleSelection = .init()
      ) throws -> (rows: [OutstandingRow], others: UInt64) {
        RecordedOutstanding(
          RecordedIntervals(try Replay(path), clock: EventClock(recordedFrom: 0)), selection,
          ordersByCount: byCount, showsBlocks: blocks
        ).take()
      }
      func printed(_ rows: [OutstandingRow]) -> String {
        text { out in
          let printer = RowPrinter<OutstandingRow>(
            type: "outstanding", columns: Column.outstanding(isOfKernel: false, showsBlocks: true),
            format: .json, timeFormat: .iso, clock: clock, out: out)
          for row in rows { printer.print(row) }
        }
      }
      let found = try replayed()
      #expect(printed(found.rows) == printed(rows) && found.others == 0)
      #expect(found.rows.map(\.frames) == rows.map(\.frames) && found.rows[1].age == nil)
      #expect(try replayed(byCount: true).rows.map(\.pid) == [8, 7])
      #expect(try replayed(blocks: false).rows[0].blocks.isEmpty)
      let selected = try replayed(SampleSelection(pids: [8]))
      #expect(selected.rows.map(\.pid) == [8] && selected.others == 2)
    }
  }
}

private enum NoLetters: OptionLetters {}
