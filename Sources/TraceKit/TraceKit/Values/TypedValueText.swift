/// Writes values as C writes initializers, each with its type. What is 0 in a structure is left
/// out, as in C.
struct TypedValueText: TypedValueWriter {
  let out: OutputBuffer
  /// Each member has a line of its own.
  let isMultiline: Bool

  func write(_ value: TypedValue, _ layout: TypeLayout, indent: Int) {
    out.append("(" as StaticString)
    out.append(layout.name)
    out.append(")" as StaticString)
    writeValue(value, layout, indent: indent)
  }

  private func writeValue(_ value: TypedValue, _ layout: TypeLayout, indent: Int) {
    switch (layout.kind, value) {
    case (.structure, .memory(let bytes)):
      writeMembers(of: layout, bytes, indent: indent)
    case (.array(let element, let count), .memory(let bytes)):
      if layout.isText {
        writeText(bytes)
      } else {
        writeElements(element, count, of: layout, bytes, indent: indent)
      }
    case (_, .number(let value, let bits)): writeNumber(value, bits: bits, layout)
    default: out.append("{...}" as StaticString)
    }
  }

  func writeText(_ bytes: UnsafeRawBufferPointer) {
    out.append("\"" as StaticString)
    out.append(escaped: bytes.upToNUL, quotes: true)
    out.append("\"" as StaticString)
  }

  func writeName(_ name: String) {
    out.append(escaped: name)
  }

  func writeAddress(_ value: UInt64) {
    out.append("0x" as StaticString)
    out.append(value, base: 16)
  }

  private func writeMembers(of layout: TypeLayout, _ bytes: UnsafeRawBufferPointer, indent: Int) {
    out.append("{" as StaticString)
    var isFirst = true
    layout.forEachMember(in: bytes) { member, memory in
      guard let value = TypedValue(member, in: memory), !value.isZero else { return }
      separate(isFirst, indent: indent + 1)
      isFirst = false
      out.append("." as StaticString)
      out.append(member.name)
      out.append(" = " as StaticString)
      write(value, member.layout, indent: indent + 1)
      if isMultiline { out.append("," as StaticString) }
    }
    close(isFirst, indent: indent)
  }

  private func writeElements(
    _ element: TypeLayout, _ count: Int, of layout: TypeLayout, _ bytes: UnsafeRawBufferPointer,
    indent: Int
  ) {
    let elements = layout.presentElements(of: bytes, element, count)
    let memory = TypedBytes(bytes: bytes)
    func value(_ index: Int) -> TypedValue? {
      TypedValue(element, at: memory[index * element.size, element.size])
    }
    // What is left out at the end is 0.
    var end = elements
    while end > 0, value(end - 1)?.isZero != false { end -= 1 }
    out.append("{" as StaticString)
    for index in 0..<end {
      out.append((index == 0 ? " " : ", ") as StaticString)
      if let value = value(index) {
        TypedValueText(out: out, isMultiline: false).writeValue(value, element, indent: indent)
      }
    }
    out.append((end > 0 ? " }" : "}") as StaticString)
  }

  private func separate(_ isFirst: Bool, indent: Int) {
    if isMultiline {
      newLine(indent)
    } else {
      out.append((isFirst ? " " : ", ") as StaticString)
    }
  }

  func newLine(_ indent: Int) {
    out.append("\n" as StaticString)
    out.append(spaces: indent * 2)
  }

  private func close(_ isEmpty: Bool, indent: Int) {
    if !isEmpty { isMultiline ? newLine(indent) : out.append(" " as StaticString) }
    out.append("}" as StaticString)
  }
}
