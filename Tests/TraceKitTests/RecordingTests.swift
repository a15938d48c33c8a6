import BPF
import Foundation
import Testing
import Wire

@testable import TraceKit

/// An event as a program would write it.
private struct SampleEvent: TraceEvent {
  var header = event_header()
  var number: UInt64 = 0
  var size: UInt32 = 0
  var flags: UInt32 = 0
}

/// The same in an older version, and in one that has changed it.
private struct OldEvent: TraceEvent {
  var header = event_header()
  var number: UInt64 = 0
}

private struct OtherEvent: TraceEvent {
  var header = event_header()
  var count: UInt64 = 0
  var size: UInt32 = 0
  var flags: UInt32 = 0
}

private let user: [UInt8] = [7, 0, 0, 0]

/// A machine that answers, for one event after the other.
private final class Machine: @unchecked Sendable {
  private let recording: Recording
  private let answer: (Int) -> String?
  var place = 0

  init(_ recording: Recording, _ answer: @escaping (Int) -> String?) {
    self.recording = recording
    self.answer = answer
  }

  func write(to cell: borrowing Cell) {
    let name = user.withUnsafeBytes {
      recording.answer("user", $0) { answer(place).map { Array($0.utf8) } }
    }
    cell.textOrNone(name.map { String(decoding: $0, as: UTF8.self) })
  }
}

@Suite struct RecordingTests {

  /// Events of one type with a text after each, and an answer of the machine for each.
  private func record<Event: TraceEvent>(
    _ events: [Event], in path: String, tool: String = "sample",
    answer: @escaping (Int) -> String? = { "user \($0)" }, account: Ledger? = nil
  ) throws {
    let recording = try Recording(path, tool: tool)
    let clock = EventClock(start: 50, offset: 1_700_000_000_000_000_000)
    var facts = RecordingFacts(tool: tool, type: "sample", clock: clock)
    let fields = EventFields(of: Event.self)
    facts["event"] = fields.text
    facts["event_size"] = "\(fields.size)"
    recording.begin(facts, clock)
    let bytes = events.map { withUnsafeBytes(of: $0) { Array($0) } + Array("tail".utf8) }
    let machine = Machine(recording, answer)
    let column = Column<Record<Event>>("user", "USER", width: 4) { machine.write(to: $1) }
    let source = RecordingSource<Event>(
      RecordedSource(bytes), recording, columns: [column], clock: clock)
    #expect(
      try source.drain { _ in
        machine.place += 1
        return true
      } == events.count)
    if let account {
      recording.finish(account)
    } else {
      recording.flush()
    }
    #expect(!recording.hasFailed)
  }

  private static func events(_ count: Int) -> [SampleEvent] {
    (0..<count).map { number in
      var event = SampleEvent(number: UInt64(number), size: 5, flags: 6)
      event.header.time_ns = 1000 + UInt64(number)
      event.header.pid = 100 + UInt32(number)
      return event
    }
  }

  private static var account: Ledger {
    var ledger = Ledger()
    (ledger.seen, ledger.lost, ledger.truncated, ledger.missed) = (30, 2, 3, 4)
    return ledger
  }

  /// What a replay shows.
  private struct Shown {
    var events: [[UInt8]] = []
    var answers: [String?] = []
    var ledger = Ledger()
    var caveat: String?
  }

  private func replay<Event: TraceEvent>(
    _ path: String, as type: Event.Type = SampleEvent.self,
    passes: @escaping (RawSpan) -> Bool = { _ in true }
  ) throws -> Shown {
    let replay = try Replay(path)
    try replay.check(tool: "sample", type: "sample")
    let source = try ReplaySource(
      replay, tool: "sample", clock: EventClock(recordedFrom: 0), fields: EventFields(of: type),
      passes: passes)
    var shown = Shown()
    while !source.isExhausted {
      _ = try source.drain { event in
        shown.events.append(event.withUnsafeBytes { Array($0) })
        let answer = user.withUnsafeBytes {
          replay.answers.answer("user", $0) { Array("machine".utf8) }
        }
        shown.answers.append(answer.map { String(decoding: $0, as: UTF8.self) })
        return shown.events.count % 5 != 0
      }
    }
    shown.ledger = source.ledger()
    shown.caveat = source.caveat
    return shown
  }

  @Test func `events, answers and the account come back`() throws {
    try withTemporaryFile { path in
      try record(Self.events(23), in: path, account: Self.account)
      let shown = try replay(path)
      #expect(shown.events.count == 23)
      for (event, original) in zip(shown.events, Self.events(23)) {
        #expect(event == withUnsafeBytes(of: original) { Array($0) } + Array("tail".utf8))
      }
      #expect(shown.answers == (0..<23).map { "user \($0)" })
      #expect(shown.caveat == nil)
      let ledger = shown.ledger
      #expect((ledger.seen, ledger.lost, ledger.truncated, ledger.missed) == (30, 2, 3, 4))
      // The run stopped before the last five were read.
      #expect(ledger.filtered == 5)
    }
  }

  @Test func `an answer that does not change is in the file once, and so is none`() throws {
    for answer in ["a name that is easily found", nil] {
      try withTemporaryFile { path in
        try record(Self.events(23), in: path, answer: { _ in answer }, account: Self.account)
        let shown = try replay(path)
        #expect(shown.answers == Array(repeating: answer, count: 23))
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(text.components(separatedBy: "easily found").count == (answer == nil ? 1 : 2))
      }
    }
  }

  @Test func `what does not pass is filtered`() throws {
    try withTemporaryFile { path in
      try record(Self.events(23), in: path, account: Self.account)
      let shown = try replay(path) { event in
        Record<SampleEvent>(event).event.number % 2 == 0
      }
      #expect(shown.events.count == 12)
      #expect(shown.ledger.filtered == 11 + 5)
    }
  }

  @Test func `a file that ends anywhere is read up to its last whole block`() throws {
    try withTemporaryFile { path in
      try record(Self.events(5), in: path, account: Self.account)
      let whole = try Data(contentsOf: URL(filePath: path))
      var counts: Set<Int> = []
      for size in 0..<whole.count {
        try whole.prefix(size).write(to: URL(filePath: path))
        do {
          let shown = try replay(path)
          #expect(shown.events.count <= 5)
          let caveat = try #require(shown.caveat, "\(size)")
          #expect(caveat.contains("after \(counted(UInt64(shown.events.count), "events"))"))
          #expect(shown.ledger.seen == shown.events.count)
          counts.insert(shown.events.count)
        } catch let error as ToolError {
          #expect(counts.isEmpty, "\(size): \(error)")
        }
      }
      // Each has an answer of its own, and thus a block.
      #expect(counts == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test func `a changed byte ends the reading or refuses the file`() throws {
    try withTemporaryFile { path in
      try record(Self.events(3), in: path, account: Self.account)
      let whole = try Data(contentsOf: URL(filePath: path))
      let original = try replay(path).events
      for place in whole.indices {
        var changed = whole
        changed[place] ^= 0x41
        try changed.write(to: URL(filePath: path))
        guard let shown = try? replay(path) else { continue }
        #expect(original.starts(with: shown.events), "\(place)")
      }
    }
  }

  @Test func `events of an older version have zeros for what they lack`() throws {
    try withTemporaryFile { path in
      let old = Self.events(23).map { OldEvent(header: $0.header, number: $0.number) }
      try record(old, in: path, account: Self.account)
      let shown = try replay(path)
      #expect(shown.events.count == 23)
      for (number, bytes) in shown.events.enumerated() {
        bytes.withUnsafeBytes { bytes in
          let record = Record<SampleEvent>(bytes.bytes)
          #expect(record.event.number == number && record.event.size == 0)
          #expect(record.withTail(count: 10) { Array($0) } == Array("tail".utf8))
        }
      }
    }
  }

  @Test func `of events of a newer version the fields that are known are read`() throws {
    try withTemporaryFile { path in
      try record(Self.events(23), in: path, account: Self.account)
      let shown = try replay(path, as: OldEvent.self)
      #expect(shown.events.count == 23)
      #expect(shown.events.allSatisfy { $0.count == MemoryLayout<OldEvent>.size + 4 })
    }
  }

  @Test func `events with other fields are refused, and so are those of another tool`() throws {
    try withTemporaryFile { path in
      try record(Self.events(1), in: path, account: Self.account)
      let changed = try #require(throws: ToolError.self) {
        try replay(path, as: OtherEvent.self)
      }
      #expect(changed.description.contains("use version"))
      let other = try #require(throws: ToolError.self) {
        try Replay(path).check(tool: "other", type: "sample")
      }
      #expect(other.description.hasSuffix("is a recording of sample, not of other"))
    }
  }

  @Test func `the fields of an event are known by name and size, also in structs`() {
    let text = EventFields(of: OldEvent.self).text
    #expect(text.hasPrefix("header.time_ns:8 header.cgroup_id:8 header.pid:4"))
    #expect(text.hasSuffix("header.comm:16 header:56 number:8"))
  }

  @Test func `what is no recording is refused by one sentence`() throws {
    try withTemporaryFile { path in
      try record(Self.events(1), in: path, account: Self.account)
      let whole = try Data(contentsOf: URL(filePath: path))
      func refusal(_ change: (inout Data) -> Void) throws -> String {
        var data = whole
        change(&data)
        try data.write(to: URL(filePath: path))
        return try #require(throws: ToolError.self) { try Replay(path) }.description
      }
      #expect(try refusal { $0[0] = 0 }.hasSuffix("is not a recording"))
      #expect(try refusal { $0[8...11].reverse() }.hasSuffix("another byte order"))
      #expect(try refusal { $0[12] = 99 }.contains("has version 99 of the format"))
      #expect(try refusal { $0[12] = 0 }.contains("has version 0 of the format"))
    }
    #expect(throws: ToolError.self) { try Replay("/no/such/file") }
    #expect(throws: ToolError.self) { try Replay("/dev/null") }
  }

  @Test func `only a recording is overwritten, and nobody else can read it`() throws {
    try withTemporaryFile { path in
      try Data("precious".utf8).write(to: URL(filePath: path))
      let error = try #require(throws: ToolError.self) { try Recording(path, tool: "sample") }
      #expect(error.status == .usage && error.description.contains("is not a recording"))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
      try Data().write(to: URL(filePath: path))
      chmod(path, 0o644)
      for _ in 0..<2 {
        try record(Self.events(2), in: path, account: Self.account)
        #expect(try replay(path).events.count == 2)
      }
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }
    for path in ["/dev/null", "/"] {
      #expect(throws: ToolError.self) { try Recording(path, tool: "sample") }
    }
  }

  @Test func `the time of day is that of the machine where it was recorded`() throws {
    let clock = EventClock(recordedFrom: 0)
    clock.stand(at: 1_700_000_000_000_000_000, zone: 5 * 3600 + 1800)
    let out = OutputBuffer()
    for format in [TimeFormat.local, .utc, .iso] {
      clock.write(7_000_000_000, as: format, to: out)
      out.append(" ")
    }
    #expect(
      out.withBytes { String(decoding: $0, as: UTF8.self) }
        == "03:43:27 22:13:27 2023-11-14T22:13:27.000000000Z ")
  }

  /// 23 events of the first version of the format, made when it was new.
  @Test func `a recording of version 1 is read`() throws {
    try withTemporaryFile { path in
      let file = try #require(Data(base64Encoded: versionOne))
      try file.write(to: URL(filePath: path))
      let shown = try replay(path)
      #expect(shown.events.count == 23)
      #expect(shown.answers == (0..<23).map { $0 < 11 ? "alice" : "bob" })
      #expect((shown.ledger.seen, shown.ledger.lost) == (30, 2))
      #expect(shown.caveat == nil)
    }
  }
}
