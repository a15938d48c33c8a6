/// Writes values, each in its own language.
protocol TypedValueWriter {
  var out: OutputBuffer { get }
  /// A name as a value.
  func writeName(_ name: String)
  func writeAddress(_ address: UInt64)
}

extension TypedValueWriter {
  func writeNumber(_ value: UInt64, bits: Int, _ layout: TypeLayout) {
    switch layout.kind {
    case .boolean where value <= 1:
      out.append((value == 1 ? "true" : "false") as StaticString)
    case .enumeration(let names):
      if let name = names.name(of: value, bits: bits) {
        writeName(name)
      } else {
        out.append(TypedBytes.extended(value, bits: bits))
      }
    case .pointer: writeAddress(value)
    case .integer(isSigned: false), .boolean: out.append(value)
    default: out.append(TypedBytes.extended(value, bits: bits))
    }
  }
}
