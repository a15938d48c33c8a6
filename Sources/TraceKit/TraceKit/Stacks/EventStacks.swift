import BPF
import Wire

/// Names the frames of events that come with their stacks (`lib/stack_event.bpf.h`).
final class EventStacks: Sendable {
  /// All of a tool runs in one thread.
  nonisolated(unsafe) private let symbols: Symbolizer

  /// The most frames of a stack, those that led to the program not counted.
  private let depth: Int

  private let withAddresses: Bool

  /// What the programs follow user stacks by; nil: frame pointers.
  nonisolated(unsafe) private var tables: UnwindTables?

  /// How many events each address space had since they were forgotten.
  nonisolated(unsafe) private var met: [AddressSpace: UInt32] = [:]

  /// So many are remembered.
  private static let mostMet = 4096

  /// Make it before the tool gives up its capabilities.
  init(tool: String, depth: UInt32, withAddresses: Bool = false) {
    self.depth = Int(depth)
    self.withAddresses = withAddresses
    symbols = Symbolizer { tell("\(tool): \($0)") }
  }

  /// Gives the programs what they need for the user stacks of processes that are there.
  func prepare<Letters>(
    _ object: LoadedObject, for filter: FilterOptions<Letters>
  ) throws(BPFError) {
    tables = try UnwindTables(object, symbols: symbols, after: tables)
    tables?.prepare(for: filter)
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
    let space = AddressSpace(stacks.owner)
    if stacks.owner.generation != 0 {
      if symbols.meet(space) { tables?.forgetGone() }
      follow(stacks, space)
    }
    let addresses = Self.addresses(record, after: start, from: stacks.kernel, stacks.user)
    let frames = shown(symbols.user(addresses, in: space))
    let byTables = Lookup.text("unwinding", UInt32(0)) { tables.map { _ in "tables" } } != nil
    guard byTables, !addresses.isEmpty, let cut = StackCut(state: stacks.state) else {
      return frames
    }
    return frames + [cut.frame]
  }

  /// Looks at the process of an event where the programs need that for its next stacks.
  private func follow(_ stacks: event_stacks, _ space: AddressSpace) {
    guard let tables else { return }
    let times = met[space, default: 0] &+ 1
    met[space] = times
    let state = Int32(bitPattern: stacks.state)
    // The programs ask at each power of two themselves, once they know it.
    let isUnknown = state & STACK_BY_TABLES == 0 && times & (times &- 1) == 0
    guard isUnknown || state & STACK_IS_NEWS != 0 else { return }
    if !tables.follow(stacks.owner) { met = [:] }
    if met.count > Self.mostMet { met = [:] }
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
    _ record: borrowing Record<Event>, after start: Int, from first: UInt16, _ count: UInt16
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
