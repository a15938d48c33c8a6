import Wire

/// Names the frames of events that come with their stacks (`lib/stack_event.bpf.h`).
final class EventStacks: Sendable {
  /// All of a tool runs in one thread.
  nonisolated(unsafe) private let symbols: Symbolizer

  /// The most frames of a stack, those that led to the program not counted.
  private let depth: Int

  private let withAddresses: Bool

  /// Make it before the tool gives up its capabilities.
  init(tool: String, depth: UInt32, withAddresses: Bool = false) {
    self.depth = Int(depth)
    self.withAddresses = withAddresses
    symbols = Symbolizer { tell("\(tool): \($0)") }
  }

  /// The kernel frames of an event, innermost first.
  func kernel<Event>(
    of record: borrowing Record<Event>, _ stacks: event_stacks, after start: Int = 0
  ) -> [Frame] {
    let frames = symbols.kernel(
      Self.addresses(record, after: start, from: 0, stacks.kernel), skipsTracer: true)
    return shown(Array(frames.prefix(depth)))
  }

  /// Those of user space.
  func user<Event>(
    of record: borrowing Record<Event>, _ stacks: event_stacks, after start: Int = 0
  ) -> [Frame] {
    shown(
      symbols.user(
        Self.addresses(record, after: start, from: stacks.kernel, stacks.user),
        in: AddressSpace(stacks.owner)))
  }

  private func shown(_ frames: [Frame]) -> [Frame] {
    guard withAddresses else { return frames }
    return frames.map {
      Frame(
        name: "\(Symbolizer.hexadecimal($0.address)) \($0.name)", address: $0.address,
        isKernel: $0.isKernel)
    }
  }

  private static func addresses<Event>(
    _ record: borrowing Record<Event>, after start: Int, from first: UInt32, _ count: UInt32
  ) -> [UInt64] {
    record.withTail(from: start + Int(first) * 8, count: Int(count) * 8) { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    }
  }
}

extension Cell {
  /// The names of a stack, innermost first: in the table a line each below the row, an
  /// array of JSON, else with semicolons between them.
  func stack(_ stack: [Frame], folded: Bool = false) {
    guard format == .table else { return frames(stack) }
    if folded {
      guard !stack.isEmpty else { return }
      out.append("\n    ")
      for (index, frame) in stack.reversed().enumerated() {
        if index > 0 { out.append(";") }
        out.append(foldedPart: Array(frame.text.utf8))
      }
      return
    }
    for frame in stack {
      out.append("\n    ")
      out.append(escaped: frame.text)
    }
  }
}
