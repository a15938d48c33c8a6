/// Names of the bits of a number, in their order.
public struct FlagNames: Sendable {
  private let names: [(bits: UInt64, name: String)]

  /// - Parameter names: with the bits of each; one of several bits is found before those
  ///   that follow it.
  public init(_ names: [(bits: UInt64, name: String)]) {
    self.names = names
  }

  /// The names of the bits that are set.
  ///
  /// - Returns: the names, and the bits without one.
  public func named(in value: UInt64) -> (names: [String], rest: UInt64) {
    var rest = value
    var found: [String] = []
    for (bits, name) in names where bits != 0 && rest & bits == bits {
      found.append(name)
      rest &= ~bits
    }
    return (found, rest)
  }

  /// The names with a separator between them, and after them what has none, in hexadecimal;
  /// `0x0` where no bit is set.
  public func text(_ value: UInt64, separator: String = "|") -> String {
    let (names, rest) = named(in: value)
    let unnamed = rest != 0 || value == 0 ? ["0x" + String(rest, radix: 16)] : []
    return (names + unnamed).joined(separator: separator)
  }
}
