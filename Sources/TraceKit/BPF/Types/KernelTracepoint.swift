/// A tracepoint, as the kernel's own types describe it.
public enum KernelTracepoint {
  /// How many arguments it passes; nil where the kernel has no types or no such tracepoint.
  public static func argumentCount(_ name: String) -> Int? {
    guard let table = KernelTypeTable.current(),
      let type = table.find(["btf_trace_\(name)"], kinds: [.typedef]).first,
      let pointer = table.header(of: type.id).flatMap({ table.header(of: $0.sizeOrType) }),
      let prototype = table.header(of: pointer.sizeOrType), prototype.kind == .prototype
    else { return nil }
    // The first one is not the program's.
    return prototype.count - 1
  }
}
