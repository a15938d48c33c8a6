public import Wire

/// Names single functions of processes.
public final class FunctionNames: Sendable {
  /// All of a tool runs in one thread.
  nonisolated(unsafe) private let symbols: Symbolizer

  /// Make it before the tool gives up its capabilities.
  public init(tool: String) {
    symbols = Symbolizer { tell("\(tool): \($0)") }
  }

  /// The function at an address, or what is known of its place; nil where nothing is.
  public func name(of address: UInt64, in owner: stack_owner) -> String? {
    let space = AddressSpace(owner)
    let key = (space.generation, address, UInt64(space.pid))
    return Lookup.text("function", key) { systemName(of: address, in: space) }
  }

  private func systemName(of address: UInt64, in space: AddressSpace) -> String? {
    symbols.meet(space)
    if let name = lookUp(address, in: space) { return name }
    // It may be of a library that was loaded since the process was last looked at.
    symbols.look(at: space)
    return lookUp(address, in: space)
  }

  private func lookUp(_ address: UInt64, in space: AddressSpace) -> String? {
    let name = symbols.user([address], in: space).first?.name
    return name == Symbolizer.unknown ? nil : name
  }
}
