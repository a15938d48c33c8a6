/// Writes values as JSON: structures as objects, addresses as texts, and values of
/// enumerations by their names.
struct TypedValueJSON: TypedValueWriter {
  let out: OutputBuffer

  func write(_ value: TypedValue, _ layout: TypeLayout) {
    switch (layout.kind, value) {
    case (.structure, .memory(let bytes)): writeMembers(of: layout, bytes)
    case (.array(let element, let count), .memory(let bytes)):
      if layout.isText {
        out.append(jsonString: bytes.upToNUL)
      } else {
        writeElements(element, count, of: layout, bytes)
      }
    case (_, .number(let value, let bits)): writeNumber(value, bits: bits, layout)
    default: out.append("null" as StaticString)
    }
  }

  func writeName(_ text: String) {
    out.append(json: text)
  }

  func writeAddress(_ value: UInt64) {
    out.append("\"0x" as StaticString)
    out.append(value, base: 16)
    out.append("\"" as StaticString)
  }

  private func writeMembers(of layout: TypeLayout, _ bytes: UnsafeRawBufferPointer) {
    var isFirst = true
    out.append("{" as StaticString)
    layout.forEachMember(in: bytes) { member, memory in
      guard let value = TypedValue(member, in: memory) else { return }
      if !isFirst { out.append("," as StaticString) }
      isFirst = false
      writeName(member.name)
      out.append(":" as StaticString)
      write(value, member.layout)
    }
    out.append("}" as StaticString)
  }

  private func writeElements(
    _ element: TypeLayout, _ count: Int, of layout: TypeLayout, _ bytes: UnsafeRawBufferPointer
  ) {
    let memory = TypedBytes(bytes: bytes)
    out.append("[" as StaticString)
    for index in 0..<layout.presentElements(of: bytes, element, count) {
      if index > 0 { out.append("," as StaticString) }
      if let value = TypedValue(element, at: memory[index * element.size, element.size]) {
        write(value, element)
      } else {
        out.append("null" as StaticString)
      }
    }
    out.append("]" as StaticString)
  }
}
