/// A profile in the file format of speedscope (its `file-format-spec.ts`): sampled, with a
/// weight for each stack.
final class SpeedscopeProfile: StackDrawing {
  private let title: String
  private let unit: String
  private let style: StackStyle
  private var frames: [String] = []
  private var numbers: [String: Int] = [:]
  private var stacks: [(frames: [Int], value: UInt64)] = []
  private var places: [[Int]: Int] = [:]
  private var room = StackRoom()

  init(title: String, unit: String, _ style: StackStyle) {
    self.title = title
    self.unit = unit
    self.style = style
  }

  func add(_ samples: [StackSample]) {
    for sample in samples {
      let value = style.value(sample)
      guard value > 0 else { continue }
      let path = room.steps(sample, style).map { number(of: $0.name) }
      if let place = places[path] {
        stacks[place].value += value
      } else {
        places[path] = stacks.count
        stacks.append((path, value))
        room.use(path.count)
      }
    }
  }

  private func number(of name: String) -> Int {
    if let known = numbers[name] { return known }
    numbers[name] = frames.count
    frames.append(name)
    return frames.count - 1
  }

  func write(to out: OutputBuffer) {
    out.append("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",")
    out.append("\"exporter\":\"swift-bpf-tools\",\"name\":")
    out.append(json: title)
    out.append(",\"activeProfileIndex\":0,\"shared\":{\"frames\":[")
    list(frames, to: out) { name, out in
      out.append("{\"name\":")
      out.append(json: name)
      out.append("}")
    }
    out.append("]},\"profiles\":[{\"type\":\"sampled\",\"name\":")
    out.append(json: title)
    out.append(",\"unit\":\"\(unit == "us" ? "microseconds" : "none")\",\"startValue\":0,")
    out.append("\"endValue\":\(stacks.reduce(0) { $0 + $1.value }),\"samples\":[")
    list(stacks, to: out) { stack, out in
      out.append("[\(stack.frames.map(String.init).joined(separator: ","))]")
    }
    out.append("],\"weights\":[")
    list(stacks, to: out) { stack, out in out.append(stack.value) }
    out.append("]}]}\n")
  }

  private func list<Element>(
    _ elements: [Element], to out: OutputBuffer, write: (Element, OutputBuffer) -> Void
  ) {
    for (index, element) in elements.enumerated() {
      if index > 0 { out.append(",") }
      write(element, out)
    }
  }
}
