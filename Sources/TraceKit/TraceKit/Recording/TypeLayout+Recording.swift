import BPF

extension TypeLayout {
  /// A layout has so many levels and members at most, as one that was made of the kernel's types.
  private static let deepest = 10
  private static let mostMembers = 4096
  private static let mostBytes = 1 << 32

  init?(_ reader: inout EntryReader) {
    var left = Self.mostMembers
    self.init(&reader, depth: 0, &left)
  }

  private init?(_ reader: inout EntryReader, depth: Int, _ left: inout Int) {
    left -= 1
    guard left >= 0, depth <= Self.deepest, let name = reader.word(),
      let size = reader.number(UInt64.self), size <= Self.mostBytes,
      let kind = reader.number(UInt32.self)
    else { return nil }
    func inner(_ reader: inout EntryReader) -> TypeLayout? {
      TypeLayout(&reader, depth: depth + 1, &left)
    }
    let read: Kind
    switch kind {
    case 0, 1: read = .integer(isSigned: kind == 1)
    case 2: read = .boolean
    case 3: read = .character
    case 4:
      guard let names = reader.list({ $0.named() }) else { return nil }
      read = .enumeration(
        KernelEnumeration(namesByValue: Dictionary(names) { first, _ in first }))
    case 5: read = .pointer
    case 6:
      guard let count = reader.number(UInt64.self), count <= Self.mostBytes,
        let element = inner(&reader)
      else { return nil }
      read = .array(of: element, count: Int(count))
    case 7:
      let members = reader.list { reader -> Member? in
        guard let name = reader.word(), let offset = reader.number(UInt32.self),
          let bits = reader.number(UInt32.self), let layout = inner(&reader)
        else { return nil }
        return Member(
          name: name, layout: layout, bitOffset: Int(offset), bitCount: bits == 0 ? nil : Int(bits))
      }
      guard let members else { return nil }
      read = .structure(members)
    case 8: read = .other
    default: return nil
    }
    self.init(name: name, size: Int(size), kind: read)
  }

  func write(to entry: inout EntryWriter) {
    entry.string(name)
    entry.number(UInt64(size))
    entry.number(number)
    switch kind {
    case .enumeration(let names):
      entry.number(UInt32(names.namesByValue.count))
      for (value, name) in names.namesByValue.sorted(by: { $0.key < $1.key }) {
        entry.number(value)
        entry.string(name)
      }
    case .array(let element, let count):
      entry.number(UInt64(count))
      element.write(to: &entry)
    case .structure(let members):
      entry.number(UInt32(members.count))
      for member in members {
        entry.string(member.name)
        entry.number(UInt32(member.bitOffset))
        entry.number(UInt32(member.bitCount ?? 0))
        member.layout.write(to: &entry)
      }
    case .integer, .boolean, .character, .pointer, .other: break
    }
  }

  /// What stands for its kind.
  private var number: UInt32 {
    switch kind {
    case .integer(let isSigned): isSigned ? 1 : 0
    case .boolean: 2
    case .character: 3
    case .enumeration: 4
    case .pointer: 5
    case .array: 6
    case .structure: 7
    case .other: 8
    }
  }
}

extension EntryReader {
  /// A name or a type as C writes them, which can be shown as it is; nil where it is not.
  mutating func word() -> String? {
    guard let bytes = text() else { return nil }
    return TypeLayout.isPlain(bytes) ? String(decoding: bytes, as: UTF8.self) : nil
  }

  fileprivate mutating func named() -> (Int64, String)? {
    guard let value = number(Int64.self), let name = string() else { return nil }
    return (value, name)
  }
}
