/// The events of a recording.
final class ReplaySource: EventSource {
  private let replay: Replay
  private let clock: EventClock
  private let old: EventFields
  private let new: EventFields
  private let passes: (RawSpan) -> Bool
  private var block = EntryReader([])
  private var read: UInt64 = 0
  private var filtered: UInt64 = 0
  private var damage: String?
  private(set) var isExhausted = false
  /// An event in the layout of this program.
  private var scratch: [UInt8] = []

  /// - Parameters:
  ///   - clock: is set to that of the recorded machine.
  ///   - fields: of an event, as this program knows it.
  ///   - passes: whether an event passes the filters that the kernel applies in a run.
  /// - Throws: ``ToolError`` where the events have another layout.
  init(
    _ replay: Replay, tool: String, clock: EventClock, fields new: EventFields,
    passes: @escaping (RawSpan) -> Bool
  ) throws {
    self.replay = replay
    self.clock = clock
    self.new = new
    self.passes = passes
    let facts = replay.facts
    guard let text = facts["event"], let size = facts["event_size"].flatMap({ Int($0) }),
      let old = EventFields(text, size: size), new.continues(old)
    else { throw replay.changed(tool) }
    self.old = old
  }

  var descriptor: Int32? { nil }

  func drain(_ body: (RawSpan) throws -> Bool) throws -> Int {
    var count = 0
    while let range = nextEvent() {
      count += 1
      read += 1
      let isWanted = try block.withBytes(range) { bytes -> Bool? in
        if old.size == new.size { return try pass(bytes.bytes, to: body) }
        adapt(bytes)
        return try scratch.withUnsafeBytes { try pass($0.bytes, to: body) }
      }
      guard let isWanted else {
        filtered += 1
        continue
      }
      guard isWanted else { break }
    }
    return count
  }

  /// - Returns: whether to continue; nil where the event is filtered out.
  private func pass(_ event: RawSpan, to body: (RawSpan) throws -> Bool) throws -> Bool? {
    // Without the end of the run, a replay stands at its latest event.
    if replay.account == nil, EventClock.stopped != nil {
      EventClock.stopped = event.unsafeLoadUnaligned(as: UInt64.self)
    }
    return passes(event) ? try body(event) : nil
  }

  /// Gives an event of another version the fields that this one knows; those that it lacks
  /// are 0.
  private func adapt(_ event: UnsafeRawBufferPointer) {
    let fixed = min(old.size, new.size)
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: event[..<fixed])
    scratch.append(contentsOf: repeatElement(0, count: new.size - fixed))
    scratch.append(contentsOf: event[old.size...])
  }

  /// Where the next event is in its block.
  private func nextEvent() -> Range<Int>? {
    while damage == nil {
      if !block.isAtEnd {
        if let range = block.range(), range.count >= old.size { return range }
        damage = "has a damaged event"
      } else if !nextBlock() {
        break
      }
    }
    isExhausted = true
    return nil
  }

  /// - Returns: whether there was one.
  private func nextBlock() -> Bool {
    guard let next = replay.reader.next() else {
      damage = replay.reader.damage
      return false
    }
    switch next.kind {
    case .events: block = EntryReader(next.content)
    case .lookups:
      if !replay.answers.add(next.content) { damage = "has a damaged answer" }
    case .forget: replay.answers.forget()
    case .clock:
      var entry = EntryReader(next.content)
      guard let offset = entry.number(Int64.self), let zone = entry.number(Int32.self) else {
        damage = "has a damaged time"
        return false
      }
      clock.stand(at: offset, zone: zone)
    case .facts, .account, .rows, .interval, .frames, .stacks, .samples, .notes, nil: break
    }
    return true
  }

  /// One sentence on what the recording lacks; nil: it is whole.
  var caveat: String? {
    if let damage { return "\(damage), after \(counted(read, "events"))" }
    return replay.account == nil
      ? "ends after \(counted(read, "events")) without the account of lost ones" : nil
  }

  func awaitEvent() -> Bool { isExhausted }

  func ledger() -> Ledger {
    guard damage == nil, let account = replay.account else {
      var ledger = Ledger()
      ledger.seen = read
      ledger.filtered = filtered
      return ledger
    }
    var ledger = account.ledger
    // What the recorded run was not asked for any more is not in the file.
    let kept = account.recorded &+ ledger.lost
    ledger.filtered = filtered + (ledger.seen > kept ? ledger.seen - kept : 0)
    return ledger
  }

  func stop() {}
}
