/// A flame graph: an SVG file that needs nothing else, with a script of its own to
/// zoom and to search.
///
/// What is above was called by what is below; the width is the value. Frames of one
/// name next to each other are one, in the order of their names.
public final class FlameGraph: StackDrawing {
  private typealias Kind = StackStep.Kind

  private struct Label: StackLabel {
    let name: String
    let kind: Kind

    static let truncated = Label(name: StackName.truncated.text, kind: .other)

    /// As it is written, at most.
    var weight: Int {
      name.utf8.reduce(0) { sum, byte in
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
          UInt8(ascii: "\\"), 0..<0x20, 0x7f:
          sum + 6
        case 0x80...: sum + 2
        default: sum + 1
        }
      }
    }
  }

  private struct Node {
    var value: UInt64 = 0
    /// In the file.
    var other: UInt64 = 0
    let depth: UInt32
    /// The last that was added on it, and the one that was added before this one to its parent; 0:
    /// there is none.
    var child: UInt32 = 0
    var sibling: UInt32 = 0
  }

  private let title: String
  private let unit: String
  private let style: StackStyle
  private var paths: StackPaths<Label>
  /// By the numbers of their steps.
  private var nodes = ChunkedArray<Node>()
  private var comparison: (kind: FlameGraphComparison, file: String)?
  private(set) var cut: UInt64 = 0

  /// - Parameters:
  ///   - title: the heading of the page.
  ///   - unit: of the values, such as "samples".
  ///   - style: which frames are shown, and how.
  public convenience init(title: String, unit: String, _ style: StackStyle) {
    self.init(title: title, unit: unit, style, room: StackFiles.room)
  }

  /// - Parameter room: what its frames may take, in bytes.
  init(title: String, unit: String, _ style: StackStyle, room: Int) {
    self.title = title
    self.unit = unit
    self.style = style
    paths = StackPaths(root: Label(name: "all", kind: .other), repeatsLabels: true, room: room)
    nodes.append(Node(depth: 0))
  }

  /// Sets what is compared with, before samples are added.
  ///
  /// - Throws: ``ToolError`` where the file has what are no stacks, or too many.
  func compare(with file: FoldedStacks, as kind: FlameGraphComparison) throws {
    comparison = (kind, file.name)
    try file.forEach { stack, value in
      guard add(Self.labels(stack), { $0.other += value }) else {
        throw ToolError(
          .failure, "'\(file.name)' has more different frames than there is room for")
      }
    }
  }

  /// Adds samples to what is there.
  public func add(_ samples: [StackSample]) {
    let line = OutputBuffer(capacity: 4096)
    for sample in samples {
      let value = style.value(sample)
      guard value > 0 else { continue }
      let isWhole: Bool
      if comparison != nil {
        line.removeAll()
        style.fold(sample, into: line)
        isWhole = add(Self.labels(line.withBytes { Array($0) }[...])) { $0.value += value }
      } else {
        isWhole = add(style.steps(sample).lazy.map { Label(name: $0.name, kind: $0.kind) }) {
          $0.value += value
        }
      }
      if !isWhole { cut += sample.count }
    }
  }

  /// Names alone, which are all that a file has.
  private static func labels(_ folded: ArraySlice<UInt8>) -> some Sequence<Label> {
    folded.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).lazy.map {
      Label(name: String(decoding: $0, as: UTF8.self), kind: .other)
    }
  }

  /// - Returns: whether there was room for all.
  private func add(_ labels: some Sequence<Label>, _ count: (inout Node) -> Void) -> Bool {
    var place = StackPaths<Label>.root
    count(&nodes[place])
    for label in labels {
      let next = paths.step(from: place, to: label)
      let parent = place
      place = next ?? paths.truncation(at: parent)
      if place == nodes.count { append(to: parent) }
      count(&nodes[place])
      if next == nil { return false }
    }
    return true
  }

  private func append(to parent: Int) {
    var node = Node(depth: nodes[parent].depth + 1)
    node.sibling = nodes[parent].child
    nodes[parent].child = UInt32(nodes.count)
    nodes.append(node)
  }

  private func children(of place: Int) -> [Int] {
    var children: [Int] = []
    var next = nodes[place].child
    while next != 0 {
      children.append(Int(next))
      next = nodes[Int(next)].sibling
    }
    return children
  }

  /// What the width of a frame stands for.
  private func weight(_ node: Node) -> UInt64 {
    guard case .addition = comparison?.kind else { return node.value }
    return node.value + node.other
  }

  // In pixels, the widths in thousandths of one.
  private static let width = 1200
  private static let margin = 10
  private static let rowHeight = 17
  private static let head = 64
  private static let foot = 30
  private static let scale: UInt64 = 1000
  /// A name narrower than this is not written before one zooms in.
  private static let leastLabel: UInt64 = 24 * scale
  private static let leastWidth: UInt64 = scale / 4
  private static let letterWidth: UInt64 = 7300

  /// Writes the file.
  public func write(to out: OutputBuffer) { write(to: out) {} }

  func write(to out: OutputBuffer, pause: () throws -> Void) rethrows {
    let depth = (0..<nodes.count).reduce(0) {
      weight(nodes[$1]) > 0 ? max($0, Int(nodes[$1].depth)) : $0
    }
    let height = Self.head + (depth + 1) * Self.rowHeight + Self.foot
    let texts = paths.allLabels.map { xml($0.name) }
    out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.width) \(height)\"")
    out.append(" width=\"\(Self.width)\" height=\"\(height)\">\n<title>")
    out.append(OutputBuffer.xml(title))
    out.append("</title>\n<style>")
    out.append(FlameGraphPage.style)
    out.append("</style>\n")
    comparison?.kind.writeDefinitions(to: out)
    out.append("<rect width=\"100%\" height=\"100%\" fill=\"#fdfdfb\"/>\n")
    out.append("<text id=\"heading\" x=\"\(Self.width / 2)\" y=\"26\">")
    out.append(OutputBuffer.xml(title))
    out.append("</text>\n<text id=\"reset\" class=\"button\" x=\"\(Self.margin)\" y=\"26\"")
    out.append(" visibility=\"hidden\">Reset zoom</text>\n")
    out.append("<text id=\"search\" class=\"button\" x=\"\(Self.width - Self.margin)\" y=\"26\"")
    out.append(" text-anchor=\"end\">Search</text>\n<text id=\"matched\" ")
    out.append("x=\"\(Self.width - Self.margin)\" y=\"48\" text-anchor=\"end\"></text>\n")
    writeLegend(texts, to: out)
    out.append("<text id=\"details\" x=\"\(Self.margin)\" y=\"\(height - 10)\"></text>\n")
    out.append("<g id=\"frames\" data-unit=\"\(OutputBuffer.xml(unit))\"")
    out.append(" data-total=\"\(weight(nodes[0]))\" data-margin=\"\(Self.margin)\"")
    out.append(" data-width=\"\(Self.width - 2 * Self.margin)\"")
    switch comparison?.kind {
    case .baseline: out.append(" data-before=\"\(nodes[0].other)\"")
    case .addition: out.append(" data-file=\"\(OutputBuffer.xml(comparison?.file ?? ""))\"")
    case nil: break
    }
    out.append(">\n")
    try writeFrames(texts, height: height, to: out, pause: pause)
    out.append("</g>\n<script><![CDATA[\n")
    out.append(FlameGraphPage.script)
    out.append("]]></script>\n</svg>\n")
  }

  /// Names of folded stacks are escaped already.
  private func xml(_ name: String) -> String {
    let text = OutputBuffer.xml(name)
    return comparison == nil ? text : text.replacing("\\\\", with: "\\")
  }

  private func writeLegend(_ texts: [String], to out: OutputBuffer) {
    guard let (kind, file) = comparison else { return }
    out.append("<text id=\"legend\" x=\"\(Self.margin)\" y=\"48\">")
    kind.writeLegend(subject: title, file: file, to: out)
    if case .baseline = kind { writeVanished(texts, to: out) }
    out.append("</text>\n")
  }

  /// How many vanished frames are listed.
  private static let listed = 50

  /// Frames that only the file has, of those upon one another the lowest.
  private func writeVanished(_ texts: [String], to out: OutputBuffer) {
    let vanished = (1..<nodes.count).filter { place in
      let (node, parent) = (nodes[place], paths[place].parent)
      return node.value == 0 && node.other > 0
        && (parent == StackPaths<Label>.root || nodes[parent].value > 0)
    }.sorted { nodes[$0].other > nodes[$1].other }
    guard !vanished.isEmpty else { return }
    func share(_ value: UInt64) -> String {
      let parts = UInt64((Double(value) / Double(nodes[0].other) * 10_000).rounded())
      let text = OutputBuffer(capacity: 16)
      text.append(parts, per: 100, decimals: 2)
      return text.withBytes { String(decoding: $0, as: UTF8.self) }
    }
    let sum = vanished.reduce(0) { $0 + nodes[$1].other }
    out.append("\u{b7} \(share(sum))% of it is gone<title>Gone:\n")
    for place in vanished.prefix(Self.listed) {
      out.append("\(share(nodes[place].other))% ")
      out.append(paths.path(to: place).map { texts[paths[$0].label] }.joined(separator: ";"))
      out.append("\n")
    }
    if vanished.count > Self.listed { out.append("and \(vanished.count - Self.listed) more\n") }
    out.append("</title>")
  }

  private func writeFrames(
    _ texts: [String], height: Int, to out: OutputBuffer, pause: () throws -> Void
  ) rethrows {
    guard weight(nodes[0]) > 0 else { return }
    let labels = Array(paths.allLabels)
    var rank = [Int32](repeating: 0, count: labels.count)
    let inOrder = labels.indices.sorted {
      (labels[$0].name, labels[$0].kind.rawValue) < (labels[$1].name, labels[$1].kind.rawValue)
    }
    for (place, label) in inOrder.enumerated() { rank[label] = Int32(place) }
    // From the left to the right and from below to above.
    var waiting: [(place: Int, start: UInt64)] = [(StackPaths<Label>.root, 0)]
    while let (place, start) = waiting.popLast() {
      let label = paths[place].label
      writeFrame(nodes[place], labels[label], texts[label], start: start, height: height, to: out)
      try pause()
      let order = children(of: place).filter { weight(nodes[$0]) > 0 }.sorted {
        rank[paths[$0].label] < rank[paths[$1].label]
      }
      var end = start + order.reduce(0) { $0 + weight(nodes[$1]) }
      for child in order.reversed() {
        end -= weight(nodes[child])
        waiting.append((child, end))
      }
    }
  }

  private func writeFrame(
    _ node: Node, _ label: Label, _ text: String, start: UInt64, height: Int, to out: OutputBuffer
  ) {
    let whole = Double(UInt64(Self.width - 2 * Self.margin) * Self.scale)
    let total = Double(weight(nodes[0]))
    let left = UInt64(Double(start) / total * whole) + UInt64(Self.margin) * Self.scale
    let width = UInt64(Double(weight(node)) / total * whole)
    let top = height - Self.foot - (Int(node.depth) + 1) * Self.rowHeight
    out.append("<g")
    if width < Self.leastWidth { out.append(" display=\"none\"") }
    out.append("><title>")
    out.append(text)
    out.append("</title><rect x=\"")
    out.append(left, per: Self.scale, decimals: 3)
    out.append("\" y=\"")
    out.append(UInt64(top))
    out.append("\" width=\"")
    out.append(width, per: Self.scale, decimals: 3)
    out.append("\" height=\"16\" fill=\"")
    if let comparison {
      comparison.kind.writeColour(
        own: (node.value, nodes[0].value), other: (node.other, nodes[0].other), to: out)
      out.append("\" data-other=\"")
      out.append(node.other)
    } else {
      out.append(colour: Self.colour(of: label))
    }
    out.append("\" data-start=\"")
    out.append(start)
    out.append("\" data-value=\"")
    out.append(weight(node))
    out.append("\"/><text x=\"")
    out.append(left + 3 * Self.scale, per: Self.scale, decimals: 3)
    out.append("\" y=\"")
    out.append(UInt64(top + 12))
    out.append("\">")
    if width >= Self.leastLabel {
      let room = Int((width - 6 * Self.scale) / Self.letterWidth)
      let name = label.name
      let isShort = name.unicodeScalars.count <= room
      out.append(isShort ? text : xml(String(name.prefix(room - 1))) + "…")
    }
    out.append("</text></g>\n")
  }

  /// A colour that goes with the name, warm for user space and cool for the kernel.
  private static func colour(of label: Label) -> UInt64 {
    var hash: UInt32 = 2_166_136_261
    for byte in label.name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let (first, second) = (UInt64(hash >> 8 & 0x3f), UInt64(hash >> 20 & 0x1f))
    return switch label.kind {
    case .user: (215 + second) << 16 | (110 + first) << 8 | (60 + second)
    case .kernel: (90 + first) << 16 | (165 + second) << 8 | (200 + second)
    case .other: 0xc8c8c0
    }
  }
}
