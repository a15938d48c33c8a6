import BPF
import Wire

extension SnoopedCalls: RecordedFinding {
  public var words: [String] { calls.map(\.label) }

  public init?(recorded: [UInt8]) {
    var reader = EntryReader(recorded)
    guard let inOrder = reader.flag(), let calls = reader.list({ Call(&$0) }), reader.isAtEnd else {
      return nil
    }
    self.init(calls, inOrder: inOrder)
  }

  public var recorded: [UInt8] {
    var entry = EntryWriter()
    entry.number(UInt8(inOrder ? 1 : 0))
    entry.number(UInt32(calls.count))
    for call in calls { call.write(to: &entry) }
    return entry.bytes
  }
}

extension SnoopedCalls.Call {
  fileprivate init?(_ reader: inout EntryReader) {
    guard let name = reader.word(), let label = reader.string(),
      let isTracepoint = reader.flag(), let words = reader.number(UInt32.self),
      let tellsAll = reader.flag(), let begin = reader.side(), let end = reader.side()
    else { return nil }
    self.init(
      name: name, label: label, isTracepoint: isTracepoint, plans: [], words: Int(words),
      tellsAll: tellsAll, begin: begin, end: end)
  }

  fileprivate func write(to entry: inout EntryWriter) {
    entry.string(name)
    entry.string(label)
    entry.number(UInt8(isTracepoint ? 1 : 0))
    entry.number(UInt32(words))
    entry.number(UInt8(tellsAll ? 1 : 0))
    for side in [begin, end] {
      entry.number(UInt8(side == nil ? 0 : 1))
      side?.write(to: &entry)
    }
  }
}

extension EntryReader {
  /// Of a call; there are sides of which nothing is shown.
  fileprivate mutating func side() -> CallSide?? {
    guard let isThere = flag() else { return nil }
    guard isThere else { return .some(nil) }
    guard let side = CallSide(&self) else { return nil }
    return .some(side)
  }
}

extension CallSide {
  fileprivate init?(_ reader: inout EntryReader) {
    guard let program = reader.valueProgram(), let hasTest = reader.flag(),
      let isCut = reader.flag(), let items = reader.list({ Item(&$0) }),
      items.count <= VALUE_RESULTS
    else { return nil }
    self.init(textSize: Int(program.text_size))
    (self.items, self.program, self.hasTest, self.isCut) = (items, program, hasTest, isCut)
  }

  fileprivate func write(to entry: inout EntryWriter) {
    entry.number(program)
    entry.number(UInt8(hasTest ? 1 : 0))
    entry.number(UInt8(isCut ? 1 : 0))
    entry.number(UInt32(items.count))
    for item in items { item.write(to: &entry) }
  }
}

extension EntryReader {
  /// The sizes in it are what a tool can ask for.
  mutating func valueProgram() -> value_program? {
    guard let program = number(value_program.self), program.texts <= VALUE_RESULTS,
      program.text_size <= 4096
    else { return nil }
    return program
  }
}

extension CallSide.Item {
  fileprivate init?(_ reader: inout EntryReader) {
    guard let label = reader.string(), let layout = TypeLayout(&reader),
      let type = reader.word(), let kind = Kind(&reader)
    else { return nil }
    self.init(label: label, layout: layout, type: type, kind: kind)
  }

  fileprivate func write(to entry: inout EntryWriter) {
    entry.string(label)
    layout.write(to: &entry)
    entry.string(type)
    kind.write(to: &entry)
  }
}

extension CallSide.Item.Kind {
  fileprivate init?(_ reader: inout EntryReader) {
    guard let kind = reader.number(UInt32.self), let first = reader.number(UInt32.self),
      let second = reader.number(UInt32.self)
    else { return nil }
    switch kind {
    case 0: self = .value
    case 1: self = .memory(size: Int(first), offset: Int(second))
    case 2: self = .text(Int(first))
    default: return nil
    }
  }

  fileprivate func write(to entry: inout EntryWriter) {
    let numbers =
      switch self {
      case .value: (0, 0, 0)
      case .memory(let size, let offset): (1, size, offset)
      case .text(let index): (2, index, 0)
      }
    entry.number(UInt32(numbers.0))
    entry.number(UInt32(numbers.1))
    entry.number(UInt32(numbers.2))
  }
}
