/// A tracepoint, as the kernel's own types describe it.
public enum KernelTracepoint {
  /// How many arguments it passes; nil where the kernel has no types or no such tracepoint.
  public static func argumentCount(_ name: String) -> Int? {
    // The first one is not the program's.
    prototype(of: name).map { $0.header.count - 1 }
  }

  /// Whether an argument is a pointer; nil where the kernel has no types or no such argument.
  ///
  /// - Parameter index: of the argument, from 0.
  public static func passesPointer(_ name: String, at index: Int) -> Bool? {
    guard let prototype = prototype(of: name), index + 1 < prototype.header.count else {
      return nil
    }
    let parameter = prototype.offset + 12 + 8 * (index + 1)
    return prototype.table.header(of: prototype.table.types.word(at: parameter + 4))
      .map { $0.kind == .pointer }
  }

  private typealias Prototype = (
    table: KernelTypeTable, offset: Int, header: BTFReader.TypeHeader
  )

  private static func prototype(of name: String) -> Prototype? {
    guard let table = KernelTypeTable.current(),
      let type = table.find(["btf_trace_\(name)"], kinds: [.typedef]).first,
      let pointer = table.header(of: type.id).flatMap({ table.header(of: $0.sizeOrType) }),
      let offset = table.offset(of: pointer.sizeOrType), table.types.isWhole(at: offset)
    else { return nil }
    let header = table.types.header(at: offset)
    return header.kind == .prototype ? (table, offset, header) : nil
  }
}
