import BPF
import Foundation
import TestSupport
import Testing
import Wire

@testable import TraceKit

private struct RecordedEvent: TraceEvent {
  var header = event_header()
  var number: UInt64 = 0
}

/// What a file that somebody else has made may hold.
extension FuzzTests {
  @Test func `any recording is read or refused`() throws {
    let path = NSTemporaryDirectory() + "recording-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Fuzz.run("recordings") { numbers in
      try? FileManager.default.removeItem(atPath: path)
      let writer = try RecordingWriter(path, tool: "fuzz")
      var facts = RecordingFacts()
      let fields = EventFields(of: RecordedEvent.self)
      facts["tool"] = numbers.chance(20) ? "other" : "fuzz"
      facts["type"] = "sample"
      facts["event"] = numbers.chance(20) ? "header:1" : fields.text
      facts["event_size"] =
        numbers.chance(5) ? "\(numbers.number(Int16.self))" : "\(fields.size)"
      writer.append(.facts, facts.entries)
      for _ in 0..<Int.random(in: 0...12, using: &numbers) {
        let kinds: [RecordingFormat.Kind] = [
          .facts, .lookups, .forget, .clock, .events, .events, .account,
        ]
        writer.append(kinds.randomElement(using: &numbers)!, numbers.entries(fields.size))
      }
      if numbers.chance(2) { try numbers.change(path) }
      guard let replay = try? Replay(path) else { return }
      _ = replay.description(tool: "fuzz")
      try? replay.check(tool: "fuzz", type: "sample")
      let clock = EventClock(recordedFrom: 0)
      guard
        let source = try? ReplaySource(
          replay, tool: "fuzz", clock: clock, fields: fields, passes: { _ in true })
      else { return }
      let out = OutputBuffer()
      while !source.isExhausted {
        _ = try source.drain { event in
          try require(event.byteCount >= fields.size, "an event has \(event.byteCount) bytes")
          clock.write(Record<RecordedEvent>(event).header.time_ns, as: .local, to: out)
          out.removeAll()
          return true
        }
      }
      _ = source.ledger()
      let answer = replay.answers.answer("owner", UnsafeRawBufferPointer(start: nil, count: 0)) {
        nil
      }
      _ = CgroupOwner(recorded: answer)
      _ = Frame.list(numbers.bytes(0...60), at: 1, isKernel: numbers.chance(2))
      let user: UInt32? = replay.names.number(of: "root", "user")
      _ = user
    }
  }
}

extension SeededNumbers {
  /// The content of a block, some of it as a tool writes it.
  fileprivate mutating func entries(_ size: Int) -> EntryWriter {
    var writer = EntryWriter()
    for _ in 0..<Int.random(in: 0...6, using: &self) {
      switch Int.random(in: 0...4, using: &self) {
      case 0: writer.number(number(UInt64.self))
      case 1: writer.number(number(UInt32.self))
      case 2: writer.text(bytes(0...40))
      case 3: writer.text(bytes(size...size + 40))
      default:
        writer.text(Array("user\0".utf8) + bytes(4...4))
        writer.number(UInt32(1))
        writer.text(Array("root".utf8))
      }
      writer.endEntry()
    }
    return writer
  }

  /// Changes or cuts a file.
  fileprivate mutating func change(_ path: String) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    if chance(2) { data = data.prefix(Int.random(in: 0...data.count, using: &self)) }
    for _ in 0..<Int.random(in: 0...4, using: &self) where !data.isEmpty {
      data[Int.random(in: 0..<data.count, using: &self)] = number(UInt8.self)
    }
    try data.write(to: URL(filePath: path))
  }
}
