import Wire

/// Names the frames of events that come with their stacks (`lib/stack_event.bpf.h`).
final class EventStacks: Sendable {
  /// All of a tool runs in one thread.
  nonisolated(unsafe) private let symbols: Symbolizer

  /// The most frames of a stack, those that led to the program not counted.
  private let depth: Int

  /// Make it before the tool gives up its capabilities.
  init(tool: String, depth: UInt32) {
    self.depth = Int(depth)
    symbols = Symbolizer { tell("\(tool): \($0)") }
  }

  /// The kernel frames of an event, innermost first.
  func kernel<Event>(
    of record: borrowing Record<Event>, _ stacks: event_stacks
  ) -> [Frame] {
    let frames = symbols.kernel(
      Self.addresses(record, from: 0, stacks.kernel), skipsTracer: true)
    return Array(frames.prefix(depth))
  }

  /// Those of user space.
  func user<Event>(
    of record: borrowing Record<Event>, _ stacks: event_stacks
  ) -> [Frame] {
    symbols.user(
      Self.addresses(record, from: stacks.kernel, stacks.user), in: AddressSpace(stacks.owner))
  }

  private static func addresses<Event>(
    _ record: borrowing Record<Event>, from first: UInt32, _ count: UInt32
  ) -> [UInt64] {
    record.withTail(from: Int(first) * 8, count: Int(count) * 8) { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
  }
}

extension Cell {
  /// The names of a stack, innermost first: in the table a line each below the row, an
  /// array of JSON, else with semicolons between them.
  func stack(_ stack: [Frame]) {
    guard format == .table else { return frames(stack) }
    for frame in stack {
      out.append("\n    ")
      out.append(escaped: frame.name)
    }
  }
}
