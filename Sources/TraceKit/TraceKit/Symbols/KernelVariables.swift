/// The variables of the kernel by their names, such as its locks that are not part of anything
/// else. Some kernels list few of them (CONFIG_KALLSYMS_ALL).
///
/// Make it before the tool gives up its capabilities.
public final class KernelVariables: @unchecked Sendable {
  /// All of a tool runs in one thread.
  private let symbols = KernelSymbols(letters: KernelSymbols.data)
  private var names: [UInt64: String?] = [:]

  public init() {}

  /// The variable that begins at an address; nil where none that is known does.
  public func name(of address: UInt64) -> String? {
    if let known = names[address] { return known }
    let found = symbols.function(at: address)
    let name = found?.start == address ? found?.name : nil
    if names.count < 65_536 { names[address] = .some(name) }
    return name
  }

  public func address(of name: String) -> UInt64? { symbols.address(of: name) }
}
