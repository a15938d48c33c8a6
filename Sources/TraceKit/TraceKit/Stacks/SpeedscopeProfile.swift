/// A profile in the file format of speedscope (its `file-format-spec.ts`): sampled, with a
/// weight for each stack.
final class SpeedscopeProfile: StackDrawing {
  private let title: String
  private let unit: String
  private let style: StackStyle
  private var stacks: WholeStacks<StackName, Never?, UInt64>
  private(set) var cut: UInt64 = 0

  /// - Parameter room: what its stacks may take, in bytes.
  init(title: String, unit: String, _ style: StackStyle, room: Int = StackFiles.room) {
    self.title = title
    self.unit = unit
    self.style = style
    stacks = WholeStacks(none: (nil, 0), room: room)
  }

  func add(_ samples: [StackSample]) {
    for sample in samples {
      let value = style.value(sample)
      guard value > 0 else { continue }
      let names = style.steps(sample).lazy.map { StackName($0.name) }
      if !stacks.add(names, of: nil, { $0 += value }) { cut += sample.count }
    }
  }

  func write(to out: OutputBuffer, pause: () throws -> Void) rethrows {
    out.append("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",")
    out.append("\"exporter\":\"swift-bpf-tools\",\"name\":")
    out.append(json: title)
    out.append(",\"activeProfileIndex\":0,\"shared\":{\"frames\":[")
    try list(stacks.labels, to: out, pause) { name in
      out.append("{\"name\":")
      out.append(json: name.text)
      out.append("}")
    }
    out.append("]},\"profiles\":[{\"type\":\"sampled\",\"name\":")
    out.append(json: title)
    out.append(",\"unit\":\"\(unit == "us" ? "microseconds" : "none")\",\"startValue\":0,")
    out.append("\"endValue\":\(stacks.values.reduce(0, +)),\"samples\":[")
    try list(0..<stacks.count, to: out, pause) { number in
      out.append("[\(stacks[number].labels.map(String.init).joined(separator: ","))]")
    }
    out.append("],\"weights\":[")
    try list(stacks.values, to: out, pause) { out.append($0) }
    out.append("]}]}\n")
  }

  private func list<Elements: Sequence>(
    _ elements: Elements, to out: OutputBuffer, _ pause: () throws -> Void,
    write: (Elements.Element) -> Void
  ) rethrows {
    for (index, element) in elements.enumerated() {
      if index > 0 { out.append(",") }
      write(element)
      try pause()
    }
  }
}
