/// Names single places in the kernel's code.
public final class KernelPlaces: @unchecked Sendable {
  /// All of a tool runs in one thread.
  private let symbols: Symbolizer

  /// Make it before the tool gives up its capabilities.
  ///
  /// - Parameter tool: its name, for messages.
  public init(tool: String) {
    symbols = Symbolizer { tell("\(tool): \($0)") }
  }

  /// The function and the offset in it, as in `ip_rcv+0x52`, or the address where the
  /// kernel hides the functions; nil for 0.
  ///
  /// - Parameter address: a return address.
  public func name(of address: UInt64) -> String? {
    address == 0 ? nil : symbols.kernelPlace(address)
  }
}
