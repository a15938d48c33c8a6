/// Names of systemd's units, and of the control groups that it makes for them.
enum UnitName {
  private static let suffixes = [
    ".service", ".scope", ".slice", ".socket", ".mount", ".swap", ".target", ".timer", ".path",
    ".device", ".automount",
  ]

  /// The full name: one without a suffix is a service.
  static func full(_ name: String) -> String {
    isUnit(name) ? name : name + ".service"
  }

  /// Whether a name has the suffix of a unit and something before it.
  static func isUnit(_ name: some StringProtocol) -> Bool {
    suffixes.contains { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
  }

  /// The name of a unit from that of its directory: systemd puts a `_` before what could be
  /// a file of the kernel, such as `cpu.service`, or begins with `_` itself.
  static func unescaped<Name: StringProtocol>(directory: Name) -> Name.SubSequence {
    directory.dropFirst(directory.hasPrefix("_") ? 1 : 0)
  }

  /// A machine's name from that in the name of its unit, where `\x2d` is `-`.
  static func unescaped(machine: some StringProtocol) -> String {
    var (bytes, rest) = ([UInt8](), Substring(machine).utf8)
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
        let value = UInt8(String(rest.dropFirst().prefix(2)) ?? "", radix: 16)
      {
        bytes.append(value)
        rest.removeFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
