/// Writes types as C declares something of them.
struct TypeDeclaration {
  let table: KernelTypeTable
  /// Types that are broken could lead to each other without end.
  private var left = 256

  init(_ table: KernelTypeTable) {
    self.table = table
  }

  /// A declaration of a name, or the type alone where that is empty.
  mutating func text(_ id: UInt32, _ declarator: String = "") -> String {
    guard id != 0 else { return Self.joined("void", declarator) }
    left -= 1
    guard left > 0, declarator.utf8.count < 1024, let offset = table.offset(of: id),
      table.types.isWhole(at: offset)
    else { return Self.joined("...", declarator) }
    let header = table.types.header(at: offset)
    let target = header.sizeOrType
    switch header.kind {
    case .structure: return Self.joined("struct \(name(header))", declarator)
    case .union: return Self.joined("union \(name(header))", declarator)
    case .enumeration, .wideEnumeration: return Self.joined("enum \(name(header))", declarator)
    case .forward:
      let word = header.info >> 31 != 0 ? "union" : "struct"
      return Self.joined("\(word) \(name(header))", declarator)
    case .pointer:
      return text(target, needsParentheses(target) ? "(*\(declarator))" : "*\(declarator)")
    case .const: return qualified("const", target, declarator)
    case .volatile: return qualified("volatile", target, declarator)
    case .restrict, .typeTag, .declarationTag, .variable, .section: return text(target, declarator)
    case .array:
      let count = table.types.word(at: offset + 20)
      return text(
        table.types.word(at: offset + 12), "\(declarator)[\(count == 0 ? "" : "\(count)")]")
    case .function: return text(target, declarator)
    case .prototype:
      return text(target, "\(declarator)(\(parameters(at: offset, from: 0)))")
    case .integer, .float, .typedef: return Self.joined(name(header), declarator)
    case .void, nil: return Self.joined("...", declarator)
    }
  }

  /// The parameters of a prototype.
  mutating func parameters(at offset: Int, from first: Int, names: [String] = []) -> String {
    var texts: [String] = []
    for index in first..<max(table.types.header(at: offset).count, first) {
      guard left > 0 else {
        texts.append("...")
        break
      }
      let place = offset + 12 + index * 8
      let type = table.types.word(at: place + 4)
      let own = Self.word(table.types.name(at: table.types.word(at: place)))
      let name = index < names.count ? names[index] : own
      texts.append(type == 0 && own.isEmpty ? "..." : text(type, name))
    }
    return texts.isEmpty ? "void" : texts.joined(separator: ", ")
  }

  private mutating func qualified(
    _ qualifier: String, _ target: UInt32, _ declarator: String
  ) -> String {
    // What is before the name of a pointer is about itself.
    if table.header(of: target)?.kind == .pointer {
      return text(target, Self.joined(qualifier, declarator))
    }
    return "\(qualifier) \(text(target, declarator))"
  }

  private func needsParentheses(_ id: UInt32) -> Bool {
    let kind = table.header(of: id)?.kind
    return kind == .array || kind == .prototype
  }

  private func name(_ header: BTFReader.TypeHeader) -> String {
    let name = Self.word(table.types.name(at: header.nameOffset))
    return name.isEmpty ? "{...}" : name
  }

  private static func joined(_ type: String, _ declarator: String) -> String {
    declarator.isEmpty ? type : "\(type) \(declarator)"
  }

  /// A name as C has them, whatever the types say.
  static func word(_ name: String) -> String {
    TypeLayout.isPlain(name.utf8) && name.utf8.count < 256 ? name : "?"
  }
}
