import Glibc

/// A recording that is being made: the events of a run, and the answers of the machine that
/// printing them takes.
final class Recording: LookupDesk {
  private let writer: RecordingWriter
  private var events = EntryWriter()
  private var lookups = EntryWriter()
  /// The last answer to each question, and during which event it was asked.
  private var known: [UInt64: Answer] = [:]
  private var knownBytes = 0
  private var event: UInt64 = 0
  private var isAnswering = false
  private var recorded: UInt64 = 0
  private var clock: (offset: Int64, zone: Int32)?
  private var nextLook: UInt64 = 0

  private struct Answer {
    let question: LookupQuestion
    var bytes: [UInt8]?
    var event: UInt64
  }

  /// So much waits in memory at most.
  private static let blockBytes = 256 << 10
  /// Answers that are remembered, by number and by size.
  static let mostAnswers = 1 << 19
  static let mostAnswerBytes = 64 << 20
  private static let second: UInt64 = 1_000_000_000

  /// - Throws: ``ToolError`` where the file cannot be written.
  init(_ path: String, tool: String) throws {
    writer = try RecordingWriter(path, tool: tool)
  }

  /// Whether the file lacks something that it was to have.
  var hasFailed: Bool { writer.failure != nil }

  /// Writes what the reader must know first.
  func begin(_ facts: RecordingFacts, _ clock: EventClock) {
    writer.append(.facts, facts.entries)
    follow(clock)
  }

  // MARK: - Events

  /// Events follow whose times are converted by a clock that may have been set.
  func follow(_ clock: EventClock) {
    let now = EventClock.now
    let isDue = now >= nextLook
    if isDue { nextLook = now + Self.second }
    guard isDue || clock.offset != self.clock?.offset else { return }
    flush()
    let zone = EventClock.zone(at: clock.timeOfDay(now))
    guard self.clock.map({ $0 != (clock.offset, zone) }) ?? true else { return }
    self.clock = (clock.offset, zone)
    var entry = EntryWriter()
    entry.number(clock.offset)
    entry.number(zone)
    entry.endEntry()
    writer.append(.clock, entry)
  }

  /// What is asked from now on is asked for the next event.
  func beginEvent() { event += 1 }

  func add(_ event: RawSpan) {
    event.withUnsafeBytes { events.text($0) }
    events.endEntry()
    recorded += 1
    if events.bytes.count >= Self.blockBytes { flush() }
  }

  /// Writes what waits.
  func flush() {
    if lookups.count > 0 {
      writer.append(.lookups, lookups)
      lookups.removeAll()
    }
    if events.count > 0 {
      writer.append(.events, events)
      events.removeAll()
    }
  }

  /// Ends the recording with the account of the run.
  func finish(_ ledger: Ledger) {
    flush()
    writer.append(
      .account, RecordingAccount(ledger, recorded: recorded, end: EventClock.now).entries)
  }

  // MARK: - Answers

  var isReplay: Bool { false }

  func answer(
    _ service: StaticString, _ key: UnsafeRawBufferPointer, _ machine: () -> [UInt8]?
  ) -> [UInt8]? {
    // What an answer takes itself is not asked by a replay.
    guard !isAnswering else { return machine() }
    let hash = LookupQuestion.hash(service, key)
    let old = known[hash].flatMap { $0.question.isOf(service, key) ? $0 : nil }
    // All that is printed of an event, in whatever format, has the same answers.
    if let old, old.event == event { return old.bytes }
    isAnswering = true
    let answer = machine()
    isAnswering = false
    if let old, old.bytes == answer {
      known[hash]?.event = event
      return answer
    }
    // The events so far have the old answer.
    if old != nil { flush() }
    let question = LookupQuestion(service, key)
    remember(question, answer, hash)
    lookups.text(question.bytes)
    lookups.number(UInt32(answer == nil ? 0 : 1))
    lookups.text(answer ?? [])
    lookups.endEntry()
    if lookups.bytes.count >= Self.blockBytes { flush() }
    return answer
  }

  private func remember(_ question: LookupQuestion, _ answer: [UInt8]?, _ hash: UInt64) {
    if known.count >= Self.mostAnswers || knownBytes >= Self.mostAnswerBytes {
      flush()
      writer.append(.forget, EntryWriter())
      known.removeAll()
      knownBytes = 0
    }
    known[hash] = Answer(question: question, bytes: answer, event: event)
    knownBytes += question.bytes.count + (answer?.count ?? 0)
  }
}

/// What is asked, as a recording has it: the service, a NUL and the key.
struct LookupQuestion: Hashable {
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  init(_ service: StaticString, _ key: UnsafeRawBufferPointer) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(service.utf8CodeUnitCount + 1 + key.count)
    service.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(0)
    bytes.append(contentsOf: key)
    self.bytes = bytes
  }

  /// A number for it, which makes no copy: some are asked for every event.
  static func hash(_ service: StaticString, _ key: UnsafeRawBufferPointer) -> UInt64 {
    service.withUTF8Buffer { name in
      let seed = RecordingFormat.sum(UnsafeRawBufferPointer(name), seed: 1)
      return RecordingFormat.sum(key, seed: seed)
    }
  }

  func isOf(_ service: StaticString, _ key: UnsafeRawBufferPointer) -> Bool {
    let length = service.utf8CodeUnitCount
    guard bytes.count == length + 1 + key.count else { return false }
    return bytes.withUnsafeBytes { bytes in
      guard memcmp(bytes.baseAddress!, service.utf8Start, length) == 0, bytes[length] == 0 else {
        return false
      }
      guard let start = key.baseAddress else { return true }
      return memcmp(bytes.baseAddress! + length + 1, start, key.count) == 0
    }
  }
}
