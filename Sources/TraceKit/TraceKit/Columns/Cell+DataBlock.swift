/// Data of many lines, which a table has below its row.
extension Cell {
  private static let hexadecimalWidth = 16

  /// Bytes that a traced process chose. In a table their lines stand between two marks and
  /// are indented, so that none can be taken for a row or a mark.
  ///
  /// - Parameters:
  ///   - missing: how many more there were.
  ///   - isHexadecimal: whether a table has digits instead of text.
  public func dataBlock(
    _ bytes: UnsafeRawBufferPointer, missing: UInt64 = 0, isHexadecimal: Bool = false
  ) {
    guard format == .table else { return text(bytes) }
    out.append("\n----- DATA -----")
    isHexadecimal ? digits(of: bytes) : lines(of: bytes)
    guard missing > 0 else { return out.append("\n----- END DATA -----") }
    out.append("\n----- END DATA (TRUNCATED, ")
    out.append(missing)
    out.append(" bytes lost) -----")
  }

  private func digits(of bytes: UnsafeRawBufferPointer) {
    for (index, byte) in bytes.enumerated() {
      if index % Self.hexadecimalWidth == 0 { out.append("\n  ") }
      out.append(UInt64(byte), base: 16, digits: 2)
    }
  }

  private func lines(of bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[line.endIndex...].dropFirst()
      // Protocols end a line by two characters.
      let isEnded = line.endIndex < bytes.endIndex && line.last == UInt8(ascii: "\r")
      out.append("\n  ")
      out.append(escaped: UnsafeRawBufferPointer(rebasing: isEnded ? line.dropLast() : line))
    }
  }
}
