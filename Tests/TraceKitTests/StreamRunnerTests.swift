import Foundation
import TestSupport
import Testing
import Wire

@testable import TraceKit

/// An event as a program would write it.
private struct SampleEvent: TraceEvent {
  var header = event_header()
  var number: UInt64 = 0

  var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }
}

/// Events that the kernel still supplies, and loses, while they are read.
private final class LiveSource: EventSource {
  var waiting: [[UInt8]]
  var account = Ledger()
  var isStopped = false
  /// How often it was asked to wake the reader.
  private(set) var asked = 0
  let afterStop: [[UInt8]]
  /// Events that come again and again, as fast as they are read.
  var endless: [UInt8]?

  init(_ waiting: [[UInt8]], afterStop: [[UInt8]] = []) {
    self.waiting = waiting
    self.afterStop = afterStop
  }

  var descriptor: Int32? { nil }
  var isExhausted: Bool { isStopped }

  func drain(_ body: (RawSpan) throws -> Bool) rethrows -> Int {
    var count = 0
    while let event = waiting.isEmpty ? endless : waiting.removeFirst() {
      if waiting.isEmpty, endless != nil { account.seen += 1 }
      count += 1
      guard try event.withUnsafeBytes({ try body($0.bytes) }) else { break }
    }
    return count
  }

  func awaitEvent() -> Bool {
    asked += 1
    return waiting.isEmpty
  }

  func ledger() -> Ledger { account }

  func stop() {
    isStopped = true
    endless = nil
    waiting += afterStop
  }
}

@Suite struct StreamRunnerTests {
  private static let columns: [Column<Record<SampleEvent>>] = [
    .time(presence: .hidden), .pid(), .comm(),
    Column("number", "NUM", width: 3, alignment: .right) { $1.integer($0.event.number) },
  ]

  private func events(_ count: UInt64) -> [[UInt8]] {
    (0..<count).map { number in
      var event = SampleEvent(number: number)
      event.header.pid = 100 + UInt32(number)
      event.header.time_ns = 100_000_000_000 + number
      withUnsafeMutableBytes(of: &event.header.comm) { $0.copyBytes(from: "cat".utf8) }
      return event.bytes
    }
  }

  /// What a run prints, and its account.
  private func run(
    _ source: some EventSource, _ format: OutputFormat = .table, maxEvents: Int? = nil,
    duration: Double? = nil, stats: Bool = false,
    accepts: @escaping (UInt64) -> Bool = { _ in true }
  ) throws -> (text: String, ledger: Ledger) {
    try withTemporaryFile { path in
      let output = try Output.file(path)
      defer { close(output.descriptor) }
      let runner = StreamRunner<SampleEvent>(
        settings: .init(
          tool: "sample", type: "sample", format: format, timeFormat: .utc, duration: duration,
          maxEvents: maxEvents, stats: stats),
        columns: try ColumnSelection.none.choose(from: Self.columns, format: format),
        output: output, clock: testClock(), accepts: { accepts($0.event.number) })
      let ledger = try runner.run(source)
      return (try String(contentsOfFile: path, encoding: .utf8), ledger)
    }
  }

  @Test func `a recording becomes a header and a row for each event`() throws {
    let (text, ledger) = try run(RecordedSource(events(3)))
    #expect(
      text == """
        PID    COMM             NUM
        100    cat                0
        101    cat                1
        102    cat                2

        """)
    #expect((ledger.seen, ledger.delivered, ledger.shown, ledger.filtered) == (3, 3, 3, 0))
    #expect(!ledger.hasLoss)
  }

  @Test func `no event leaves the header alone`() throws {
    #expect(try run(RecordedSource([])).text == "PID    COMM             NUM\n")
    #expect(try run(RecordedSource([]), .csv).text == "time,pid,comm,number\n")
  }

  @Test func `a run without events looks once more, and then sleeps to its end`() throws {
    let source = LiveSource([])
    #expect(try run(source, duration: 0.5).ledger.seen == 0)
    #expect(source.asked == 2)
  }

  @Test func `twenty three events are twenty three rows in every format`() throws {
    for format in OutputFormat.allCases {
      let lines = try run(RecordedSource(events(23)), format).text.split(separator: "\n")
      // A header, or the summary of JSON.
      #expect(lines.count == 24)
    }
  }

  @Test func `more than a buffer arrives whole`() throws {
    let (text, ledger) = try run(RecordedSource(events(10_000)), .csv)
    let records = try StrictCSV(Array(text.utf8)).records
    #expect(records.count == 10_001)
    #expect(records.last?.last == Array("9999".utf8))
    #expect(ledger.shown == 10_000)
  }

  @Test(arguments: [1, 3, 10])
  func `a run ends after so many events, and the account says what was left`(most: Int) throws {
    let (text, ledger) = try run(RecordedSource(events(10)), .json, maxEvents: most)
    let objects = try jsonLines(text)
    #expect(objects.count == most + 1)
    #expect(objects[most - 1]["number"] as? Int == most - 1)
    #expect(ledger.shown == UInt64(most))
    #expect(ledger.filtered == UInt64(10 - most))
    #expect(ledger.seen == ledger.shown + ledger.filtered + ledger.lost)
  }

  @Test func `an event that user space refuses is filtered and does not count`() throws {
    let source = RecordedSource(events(10))
    let (text, ledger) = try run(source, .json, maxEvents: 3) { $0 % 2 == 1 }
    let numbers = try jsonLines(text).compactMap { $0["number"] as? Int }
    #expect(numbers == [1, 3, 5])
    #expect((ledger.seen, ledger.shown, ledger.filtered) == (10, 3, 7))
  }

  @Test func `the last record of JSON is the account`() throws {
    let source = LiveSource(events(4))
    source.account.seen = 9
    source.account.lost = 5
    source.account.mapFull = 2
    source.account.truncated = 1
    source.account.missed = 3
    let (text, ledger) = try run(source, .json, duration: 0.001)
    let objects = try jsonLines(text)
    #expect(
      objects.map { $0["type"] as? String } == Array(repeating: "sample", count: 4) + ["summary"])
    let summary = try #require(objects.last).compactMapValues { $0 as? Int }
    #expect(
      summary == [
        "seen": 9, "shown": 4, "filtered": 0, "lost": 5, "map_full": 2, "truncated": 1,
        "missed": 3,
      ])
    #expect(ledger.hasLoss)
  }

  @Test func `a run lasts as long as it shall and shows what came before the end`() throws {
    let source = LiveSource(events(2), afterStop: events(3))
    let start = EventClock.now
    let (text, ledger) = try run(source, .csv, duration: 0.05)
    #expect(EventClock.now - start >= 50_000_000)
    #expect(source.isStopped)
    #expect(text.split(separator: "\n").count == 6)
    #expect(ledger.shown == 5)
  }

  @Test func `an account that is read while programs run is never below zero`() throws {
    let source = LiveSource(events(5))
    source.account.seen = 5
    source.account.lost = 1
    #expect(try run(source, maxEvents: 5, duration: 5).ledger.filtered == 0)
  }

  @Test func `a run ends on time although events come as fast as they are read`() throws {
    for isRefused in [false, true] {
      let source = LiveSource([])
      source.endless = events(1)[0]
      let ledger = try run(source, .csv, duration: 0.1) { _ in !isRefused }.ledger
      #expect(ledger.seen > 0)
      #expect(ledger.seen == ledger.shown + ledger.filtered)
      #expect(isRefused == (ledger.shown == 0))
    }
  }

  @Test func `with statistics the last record of JSON has the cost too`() throws {
    for time in [nil, UInt64(42)] {
      let source = LiveSource(events(4))
      source.account.seen = 4
      source.account.programTime = time
      let (text, _) = try run(source, .json, duration: 0.001, stats: true)
      let summary = try #require(jsonLines(text).last)
      let rows = text.utf8.count - (text.split(separator: "\n").last?.utf8.count ?? 0) - 1
      #expect(summary["written_bytes"] as? Int == rows)
      #expect(summary["program_ns"] as? UInt64 == time)
      #expect(summary["program_ns"] is NSNull == (time == nil))
      let keys = [
        "elapsed_ns", "events_per_second", "map_bytes", "map_bytes_per_cpu", "user_us", "system_us",
      ]
      for key in keys {
        #expect(summary[key] is Int, "\(key)")
      }
    }
  }

  @Test func `the cost is told in one line`() {
    let cost = RunCost(
      elapsed: 2_500_000_000, seen: 1000, writtenBytes: 77, maps: MapMemory(),
      user: 1_000_001, system: 20, programs: 3_000_999)
    #expect(
      cost.sentence(tool: "t")
        == "t: 2.500 s, 400 events/s, 77 bytes written, 0 KB for maps and buffers, "
        + "CPU 1.000001 s user and 0.000020 s system, 0.003000 s in BPF programs")
    let unmeasured = RunCost(
      elapsed: 0, seen: 0, writtenBytes: 0, maps: MapMemory(), user: 0, system: 0,
      programs: nil)
    #expect(unmeasured.sentence(tool: "t").contains("not permitted"))
  }

  @Test func `an event shorter than its fixed part is an error`() throws {
    let whole = events(1)[0]
    for count in [0, 1, 55, whole.count - 1] {
      let error = try #require(throws: ToolError.self) {
        _ = try run(RecordedSource([Array(whole.prefix(count))]))
      }
      #expect(error.status == .failure)
      #expect(error.description.hasPrefix("an event has \(count) bytes, fewer than 64"))
    }
  }

  @Test func `a reader that goes away ends the run quietly, with a balance`() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    signal(SIGPIPE, SIG_IGN)
    close(ends[0])
    defer { close(ends[1]) }
    let source = LiveSource(events(5))
    source.account.seen = 7
    source.account.lost = 1
    let runner = StreamRunner<SampleEvent>(
      settings: .init(tool: "sample", type: "sample"), columns: Self.columns,
      output: Output(descriptor: ends[1]), clock: testClock(), accepts: { _ in true })
    let ledger = try runner.run(source)
    #expect((ledger.shown, ledger.filtered) == (0, 6))
    #expect(source.isStopped)
  }

  @Test func `the buffer is as large as the machine allows`() {
    let (mega, giga) = (1 << 20, 1 << 30)
    let table: [(processors: Int, memory: Int, size: Int)] = [
      (1, giga, 4), (2, 3 * giga, 8), (2, 24 * giga, 16), (3, 24 * giga, 32), (64, 256 * giga, 32),
      (64, 4 * giga, 16), (1, 64 * mega, 1), (0, 0, 1),
    ]
    for (processors, memory, size) in table {
      #expect(
        RingSize.standard(processors: processors, memory: memory) == size * mega,
        "\(processors) \(memory)")
    }
    #expect(RingSize.bytes(asked: 4096) == 4096)
    #expect(RingSize.bytes(asked: 4097) == 8192)
    let size = RingSize.bytes(asked: nil)
    #expect(size & (size - 1) == 0 && size >= mega)
  }

  @Test(arguments: [(256 << 10, 2), (1 << 20, 2), (16 << 20, 2), (8 << 20, 256), (4096, 64)])
  func `a CPU looks at its buffer before an eighth of the mark is filled`(
    bytes: Int, processors: Int
  ) {
    let room = RingSize.room(bytes: bytes, processors: processors)
    let step = Int(RingSize.wakeupStep(of: room, processors: processors))
    let sharing = max(processors / room.count, 1)
    #expect(step > 0 && step & (step - 1) == 0)
    #expect(step == 1 || step * sharing <= room.bytesEach / RingSize.wakeupShare / 8)
  }

  @Test func `loss is told with what it was`() {
    var ledger = Ledger()
    #expect(!ledger.hasLoss)
    (ledger.seen, ledger.lost) = (100, 7)
    #expect(ledger.lossSentence(tool: "t") == "t: lost 7 of 100 events (ring buffer full)")
    (ledger.mapFull, ledger.missed) = (2, 3)
    #expect(
      ledger.lossSentence(tool: "t") == "t: lost 7 of 100 events (ring buffer full), "
        + "could not follow 2 (map full), the kernel skipped 3 hits (another program active)")
    #expect(
      ledger.statistics(tool: "t") == "t: seen 100, shown 0, filtered 0, lost 7, map full 2, "
        + "truncated 0, missed 3")
    for field in [\Ledger.lost, \.mapFull, \.missed] {
      var one = Ledger()
      one[keyPath: field] = 1
      #expect(one.hasLoss)
    }
  }

  @Test func `the counts of all CPUs are added`() {
    var sum = Ledger()
    sum.add([
      ledger(seen: 1, lost: 2, map_full: 3, truncated: 4, written: 0),
      ledger(seen: 10, lost: 20, map_full: 30, truncated: 40, written: 0),
    ])
    #expect((sum.seen, sum.lost, sum.mapFull, sum.truncated) == (11, 22, 33, 44))
  }
}
