/// How values of a type lie in memory, for those who print them: it is read from the kernel's
/// types once, and stays when these are gone.
public struct TypeLayout: Sendable {
  public indirect enum Kind: Sendable {
    case integer(isSigned: Bool)
    case boolean
    case character
    case enumeration(KernelEnumeration)
    case pointer
    case array(of: TypeLayout, count: Int)
    /// A union too.
    case structure([Member])
    /// What cannot be printed, or lies too deep.
    case other
  }

  public struct Member: Sendable {
    /// Empty: its own members are those of the structure.
    public let name: String
    public let layout: TypeLayout
    /// From the begin of the structure.
    public let bitOffset: Int
    /// How many bits it has; nil where it has all of its type.
    public let bitCount: Int?

    public init(name: String, layout: TypeLayout, bitOffset: Int, bitCount: Int?) {
      self.name = name
      self.layout = layout
      self.bitOffset = bitOffset
      self.bitCount = bitCount
    }
  }

  /// As C writes it.
  public let name: String
  public let size: Int
  public let kind: Kind

  public init(name: String, size: Int, kind: Kind) {
    self.name = name
    self.size = size
    self.kind = kind
  }

  /// Whether a name or a type can be shown as it is.
  public static func isPlain(_ name: some Sequence<UInt8>) -> Bool {
    name.allSatisfy { (0x20..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }
  }

  /// A number of 64 bits.
  public static func integer(isSigned: Bool) -> TypeLayout {
    TypeLayout(
      name: isSigned ? "long int" : "long unsigned int", size: 8,
      kind: .integer(isSigned: isSigned))
  }
}

extension KernelType {
  /// Its layout.
  ///
  /// - Parameter room: so many bytes of a value are there; members behind them are left out.
  public func layout(room: Int) -> TypeLayout {
    guard let table else {
      return TypeLayout(name: "void", size: 0, kind: .other)
    }
    var builder = TypeLayoutBuilder(table)
    return builder.layout(of: id, room: room)
  }

  /// As C writes it.
  public var name: String {
    guard let table else { return "" }
    var declaration = TypeDeclaration(table)
    return declaration.text(id)
  }
}

struct TypeLayoutBuilder {
  private let table: KernelTypeTable
  /// Unions of unions can have more members than any memory.
  private var left = 4096
  private static let deepest = 8
  private static let mostNames = 32
  private static let mostBytes = 1 << 32

  init(_ table: KernelTypeTable) {
    self.table = table
  }

  mutating func layout(of id: UInt32, room: Int, depth: Int = 0) -> TypeLayout {
    var declaration = TypeDeclaration(table)
    let name = declaration.text(id)
    left -= 1
    guard left > 0, let (offset, header, alias) = resolved(id) else {
      return TypeLayout(name: name, size: 0, kind: .other)
    }
    let size = Int(header.sizeOrType)
    func made(_ kind: TypeLayout.Kind, size: Int) -> TypeLayout {
      TypeLayout(name: name, size: size, kind: kind)
    }
    switch header.kind {
    case .integer where size > 8 || size == 0: return made(.other, size: size)
    case .integer:
      let encoding = table.types.word(at: offset + 12) >> 24 & 0xf
      let own = table.types.name(at: header.nameOffset)
      if encoding & 4 != 0 { return made(.boolean, size: size) }
      // An integer that is called otherwise is meant as a number.
      let isCharacter = own == "char" && alias == nil
      return made(isCharacter ? .character : .integer(isSigned: encoding & 1 != 0), size: size)
    case .enumeration, .wideEnumeration:
      guard size <= 8 else { return made(.other, size: size) }
      return made(.enumeration(KernelEnumeration(table.types.values(at: offset))), size: size)
    case .pointer: return made(.pointer, size: 8)
    case .array:
      let count = Int(table.types.word(at: offset + 20))
      guard depth < Self.deepest else { return made(.other, size: 0) }
      let element = layout(of: table.types.word(at: offset + 12), room: room, depth: depth + 1)
      let (bytes, isTooMuch) = element.size.multipliedReportingOverflow(by: count)
      return made(
        .array(of: element, count: count), size: isTooMuch ? Self.mostBytes : bytes)
    case .structure, .union:
      guard depth < Self.deepest else { return made(.other, size: size) }
      return made(.structure(members(at: offset, header, room: room, depth: depth)), size: size)
    default: return made(.other, size: 0)
    }
  }

  private mutating func members(
    at offset: Int, _ header: BTFReader.TypeHeader, room: Int, depth: Int
  ) -> [TypeLayout.Member] {
    let hasBits = header.info >> 31 != 0
    var members: [TypeLayout.Member] = []
    for index in 0..<header.count where left > 0 {
      let place = offset + 12 + index * 12
      let position = table.types.word(at: place + 8)
      let bitOffset = Int(hasBits ? position & 0xff_ffff : position)
      let bitCount = hasBits ? Int(position >> 24) : 0
      guard bitOffset / 8 < room else { continue }
      let layout = layout(
        of: table.types.word(at: place + 4), room: room - bitOffset / 8, depth: depth + 1)
      members.append(
        TypeLayout.Member(
          name: TypeDeclaration.word(table.types.name(at: table.types.word(at: place))),
          layout: layout, bitOffset: bitOffset, bitCount: bitCount == 0 ? nil : bitCount))
    }
    return members
  }

  /// The type behind names and qualifiers.
  ///
  /// - Returns: with the last name that it goes by.
  private func resolved(
    _ id: UInt32
  ) -> (offset: Int, header: BTFReader.TypeHeader, alias: String?)? {
    var id = id
    var alias: String?
    for _ in 0..<Self.mostNames {
      guard let offset = table.offset(of: id), table.types.isWhole(at: offset) else { return nil }
      let header = table.types.header(at: offset)
      switch header.kind {
      case .typedef:
        alias = table.types.name(at: header.nameOffset)
        id = header.sizeOrType
      case .const, .volatile, .restrict, .typeTag: id = header.sizeOrType
      default: return (offset, header, alias)
      }
    }
    return nil
  }
}
