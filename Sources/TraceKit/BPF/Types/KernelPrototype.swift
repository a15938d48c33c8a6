/// What a function of the kernel or a tracepoint takes and gives, by the kernel's own types.
public struct KernelPrototype: Sendable {
  public struct Parameter: Sendable {
    public let name: String
    public let type: KernelType
  }

  public let parameters: [Parameter]
  /// Nil: nothing.
  public let result: KernelType?
  /// As C declares it.
  public let declaration: String

  /// - Returns: nil where the kernel has no types, or no such function.
  public init?(function name: String) {
    TypesAhead.wait()
    guard let table = KernelTypeTable.current() else { return nil }
    self.init(function: name, in: table)
  }

  init?(function name: String, in table: KernelTypeTable) {
    let found = table.find([name], kinds: [.function]).lazy.compactMap {
      Self.prototype(of: $0.id, in: table)
    }.first
    guard let offset = found else { return nil }
    self.init(name, at: offset, from: 0, names: [], in: table)
  }

  /// The arguments of a tracepoint; it gives nothing.
  ///
  /// - Returns: nil where the kernel has no types, or no such tracepoint.
  public init?(tracepoint name: String) {
    TypesAhead.wait()
    guard let table = KernelTypeTable.current() else { return nil }
    self.init(tracepoint: name, in: table)
  }

  init?(tracepoint name: String, in table: KernelTypeTable) {
    let typedef = "btf_trace_\(name)", caller = "__traceiter_\(name)"
    let found = table.find([typedef, caller], kinds: [.typedef, .function])
    guard let type = found.first(where: { $0.name == typedef }),
      let pointer = table.header(of: type.id).flatMap({ table.header(of: $0.sizeOrType) }),
      let offset = table.offset(of: pointer.sizeOrType), table.types.isWhole(at: offset),
      table.types.header(at: offset).kind == .prototype
    else { return nil }
    // The prototype of a pointer names nothing, but the function that calls the programs does.
    var names: [String] = []
    if let function = found.first(where: { $0.name == caller }),
      let other = Self.prototype(of: function.id, in: table),
      table.types.header(at: other).count == table.types.header(at: offset).count
    {
      names = Self.names(at: other, in: table)
    } else {
      names = (0..<table.types.header(at: offset).count).map { "arg\($0)" }
    }
    // The first one is the program's own.
    self.init(name, at: offset, from: 1, names: names, in: table)
  }

  private init(
    _ name: String, at offset: Int, from first: Int, names: [String], in table: KernelTypeTable
  ) {
    let header = table.types.header(at: offset)
    let names = names.isEmpty ? Self.names(at: offset, in: table) : names
    parameters = (first..<max(header.count, first)).compactMap { index in
      let type = table.types.word(at: offset + 12 + index * 8 + 4)
      return type == 0 ? nil : Parameter(name: names[index], type: KernelType(id: type))
    }
    let returns = first == 0 && header.sizeOrType != 0
    result = returns ? KernelType(id: header.sizeOrType) : nil
    var declaration = TypeDeclaration(table)
    let parameters = declaration.parameters(at: offset, from: first, names: names)
    self.declaration = declaration.text(header.sizeOrType, "\(name)(\(parameters))")
  }

  private static func names(at offset: Int, in table: KernelTypeTable) -> [String] {
    (0..<table.types.header(at: offset).count).map { index in
      let name = table.types.name(at: table.types.word(at: offset + 12 + index * 8))
      return name.isEmpty ? "arg\(index + 1)" : TypeDeclaration.word(name)
    }
  }

  private static func prototype(of function: UInt32, in table: KernelTypeTable) -> Int? {
    guard let header = table.header(of: function), header.kind == .function,
      let offset = table.offset(of: header.sizeOrType), table.types.isWhole(at: offset),
      table.types.header(at: offset).kind == .prototype
    else { return nil }
    return offset
  }
}
