/// A type of the running kernel or of one of its modules, by its number in the kernel's own
/// description (BTF).
///
/// Ask before ``releaseKernelTypes()``: what is asked for later reads the description again.
public struct KernelType: Hashable, Sendable {
  let id: UInt32
  /// The module whose types its number is counted among; nil: only the kernel's.
  let module: String?

  /// A structure or a union by its name; nil where the kernel has none.
  ///
  /// - Parameter module: one whose types are searched after the kernel's.
  public init?(structure name: String, module: String? = nil) {
    // Another thread may be reading them.
    TypesAhead.wait()
    let table = KernelTypeTable.current(module: module)
    guard let found = table?.find([name], kinds: [.structure, .union]).first else { return nil }
    self.init(id: found.id, module: module)
  }

  init(id: UInt32, module: String?) {
    self.id = id
    self.module = module
  }

  /// Where it is described.
  var table: KernelTypeTable? { KernelTypeTable.current(module: module) }

  /// What a type is, without its names and qualifiers.
  public enum Shape: Sendable {
    case integer(size: Int, isSigned: Bool)
    /// Nil: to anything.
    case pointer(to: KernelType?)
    case array(of: KernelType, count: Int)
    case structure(size: Int)
    /// What has no value that can be read, such as a function or a floating-point number.
    case other
  }

  public var shape: Shape {
    guard let table, let (_, offset, header) = resolved(in: table)
    else { return .other }
    switch header.kind {
    case .integer:
      let encoding = table.types.word(at: offset + 12) >> 24 & 0xf
      return .integer(size: Int(header.sizeOrType), isSigned: encoding & 1 != 0)
    case .enumeration, .wideEnumeration:
      return .integer(size: Int(header.sizeOrType), isSigned: header.info >> 31 != 0)
    case .pointer:
      let target = KernelType(id: header.sizeOrType, module: module)
      return .pointer(to: header.sizeOrType == 0 || target.isVoid(in: table) ? nil : target)
    case .array:
      let element = KernelType(id: table.types.word(at: offset + 12), module: module)
      return .array(of: element, count: Int(table.types.word(at: offset + 20)))
    case .structure, .union: return .structure(size: Int(header.sizeOrType))
    default: return .other
    }
  }

  /// How many bytes it has; nil where that is not known.
  public var size: Int? {
    switch shape {
    case .integer(let size, _), .structure(let size): size
    case .pointer: 8
    case .array(let element, let count): element.size.map { $0 * count }
    case .other: nil
    }
  }

  /// A field of a structure.
  public struct Field: Sendable {
    public let type: KernelType
    /// From the begin of the structure.
    public let bitOffset: Int
    /// How many bits it has; nil where it has all of its type.
    public let bitCount: Int?

    public init(type: KernelType, bitOffset: Int, bitCount: Int?) {
      self.type = type
      self.bitOffset = bitOffset
      self.bitCount = bitCount
    }
  }

  /// A field by its name, also one of a structure without a name within this one.
  public func field(_ name: String) -> Field? {
    table.flatMap { field(name, in: $0, depth: 0) }
  }

  private static let mostNested = 16

  private func field(_ name: String, in table: KernelTypeTable, depth: Int) -> Field? {
    guard depth < Self.mostNested, let (_, offset, header) = resolved(in: table),
      header.kind == .structure || header.kind == .union
    else { return nil }
    let hasBits = header.info >> 31 != 0
    for index in 0..<header.count {
      let place = offset + 12 + index * 12
      let type = KernelType(id: table.types.word(at: place + 4), module: module)
      let position = table.types.word(at: place + 8)
      let bitOffset = Int(hasBits ? position & 0xff_ffff : position)
      let bitCount = hasBits ? Int(position >> 24) : 0
      let nameOffset = table.types.word(at: place)
      if nameOffset == 0 {
        if let inner = type.field(name, in: table, depth: depth + 1) {
          return Field(
            type: inner.type, bitOffset: bitOffset + inner.bitOffset, bitCount: inner.bitCount)
        }
      } else if table.types.name(at: nameOffset) == name {
        return Field(type: type, bitOffset: bitOffset, bitCount: bitCount == 0 ? nil : bitCount)
      }
    }
    return nil
  }

  private static let mostNames = 32

  /// The type behind names and qualifiers.
  private func resolved(
    in table: KernelTypeTable
  ) -> (id: UInt32, offset: Int, header: BTFReader.TypeHeader)? {
    var id = id
    for _ in 0..<Self.mostNames {
      guard let offset = table.offset(of: id), table.types.isWhole(at: offset) else { return nil }
      let header = table.types.header(at: offset)
      switch header.kind {
      case .typedef, .const, .volatile, .restrict, .typeTag: id = header.sizeOrType
      default: return (id, offset, header)
      }
    }
    return nil
  }

  private func isVoid(in table: KernelTypeTable) -> Bool {
    var id = id
    for _ in 0..<Self.mostNames {
      guard id != 0 else { return true }
      guard let header = table.header(of: id) else { return false }
      switch header.kind {
      case .typedef, .const, .volatile, .restrict, .typeTag: id = header.sizeOrType
      default: return false
      }
    }
    return false
  }
}
