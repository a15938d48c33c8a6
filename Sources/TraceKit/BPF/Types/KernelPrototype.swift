/// What a function of the kernel or a tracepoint takes and gives, by the kernel's own types.
public struct KernelPrototype: Sendable {
  public struct Parameter: Sendable {
    public let name: String
    public let type: KernelType
  }

  /// The module that it is of; nil: the kernel itself.
  public let module: String?
  public let parameters: [Parameter]
  /// Nil: nothing.
  public let result: KernelType?
  /// As C declares it.
  public let declaration: String

  /// - Parameter module: that the function is of; nil: the kernel itself.
  /// - Returns: nil where there are no types, or no such function.
  public init?(function name: String, module: String? = nil) {
    TypesAhead.wait()
    guard let table = KernelTypeTable.current(module: module) else { return nil }
    self.init(function: name, in: table)
  }

  init?(function name: String, in table: KernelTypeTable) {
    let found = table.find([name], kinds: [.function]).lazy.compactMap { found in
      let isWanted = table.module == nil || table.isOfModule(found.id)
      return isWanted ? Self.prototype(of: found.id, in: table) : nil
    }.first
    guard let offset = found else { return nil }
    self.init(name, at: offset, from: 0, names: [], in: table)
  }

  /// The arguments of a tracepoint; it gives nothing.
  ///
  /// - Parameter module: that the tracepoint is of; nil: the kernel itself.
  /// - Returns: nil where there are no types, or no such tracepoint.
  public init?(tracepoint name: String, module: String? = nil) {
    TypesAhead.wait()
    guard let table = KernelTypeTable.current(module: module) else { return nil }
    self.init(tracepoint: name, in: table)
  }

  /// The loaded modules whose types have a function.
  public static func modules(withFunction name: String) -> [String] {
    TypesAhead.wait()
    guard let kernel = KernelTypeTable.current() else { return [] }
    return ModuleTypes.modules(with: name, kinds: [.function], after: kernel)
  }

  /// The loaded modules whose types have a tracepoint.
  public static func modules(withTracepoint name: String) -> [String] {
    TypesAhead.wait()
    guard let kernel = KernelTypeTable.current() else { return [] }
    return ModuleTypes.modules(with: typedef(of: name), kinds: [.typedef], after: kernel)
  }

  private static func typedef(of tracepoint: String) -> String { "btf_trace_\(tracepoint)" }

  init?(tracepoint name: String, in table: KernelTypeTable) {
    let typedef = Self.typedef(of: name), caller = "__traceiter_\(name)"
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
    module = table.module
    let header = table.types.header(at: offset)
    let names = names.isEmpty ? Self.names(at: offset, in: table) : names
    parameters = (first..<max(header.count, first)).compactMap { index in
      let type = table.types.word(at: offset + 12 + index * 8 + 4)
      guard type != 0 else { return nil }
      return Parameter(name: names[index], type: KernelType(id: type, module: table.module))
    }
    let returns = first == 0 && header.sizeOrType != 0
    result = returns ? KernelType(id: header.sizeOrType, module: table.module) : nil
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
