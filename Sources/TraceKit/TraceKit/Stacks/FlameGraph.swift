/// A flame graph: an SVG file that needs nothing else, with a script of its own to
/// zoom and to search.
///
/// What is above was called by what is below; the width is the value. Frames of one
/// name next to each other are one, in the order of their names.
public final class FlameGraph: StackDrawing {
  private typealias Kind = StackStep.Kind

  private struct Step: Hashable {
    let parent: Int32
    let name: Int32
    let kind: Kind
  }

  private struct Node {
    let name: Int32
    let kind: Kind
    let depth: Int32
    let parent: Int32
    var value: UInt64 = 0
    /// In the file.
    var other: UInt64 = 0
    var children: [Int32] = []
  }

  private let title: String
  private let unit: String
  private let style: StackStyle
  private var names: [String] = []
  private var numbers: [String: Int32] = [:]
  private var nodes: [Node]
  private var places: [Step: Int32] = [:]
  private var comparison: (kind: FlameGraphComparison, file: String)?

  /// - Parameters:
  ///   - title: the heading of the page.
  ///   - unit: of the values, such as "samples".
  ///   - style: which frames are shown, and how.
  public init(title: String, unit: String, _ style: StackStyle) {
    self.title = title
    self.unit = unit
    self.style = style
    nodes = [Node(name: 0, kind: .other, depth: 0, parent: 0)]
    _ = number(of: "all")
  }

  /// How many frames there may be.
  private static let room = 1 << 22

  /// Sets what is compared with, before samples are added.
  ///
  /// - Throws: ``ToolError`` where the file has what are no stacks, or too many.
  func compare(with file: FoldedStacks, as kind: FlameGraphComparison) throws {
    comparison = (kind, file.name)
    try file.forEach { stack, value in
      add(folded: stack) { $0.other += value }
      guard nodes.count < Self.room else {
        throw ToolError(.failure, "'\(file.name)' has more than \(Self.room) different frames")
      }
    }
  }

  /// Adds samples to what is there.
  public func add(_ samples: [StackSample]) {
    let line = OutputBuffer(capacity: 4096)
    for sample in samples {
      let value = style.value(sample)
      guard value > 0 else { continue }
      if comparison != nil {
        line.removeAll()
        style.fold(sample, into: line)
        add(folded: line.withBytes { Array($0) }[...]) { $0.value += value }
        continue
      }
      nodes[0].value += value
      var place: Int32 = 0
      for step in style.steps(sample) {
        guard let next = self.step(from: place, step.name, step.kind) else { break }
        place = next
        nodes[Int(place)].value += value
      }
    }
  }

  /// Adds a stack by names alone, which are all that a file has.
  private func add(folded stack: ArraySlice<UInt8>, _ count: (inout Node) -> Void) {
    count(&nodes[0])
    var place: Int32 = 0
    for name in stack.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
      guard let next = step(from: place, String(decoding: name, as: UTF8.self), .other) else {
        return
      }
      place = next
      count(&nodes[Int(place)])
    }
  }

  /// - Returns: nil where it is new, and there is no room for it.
  private func step(from parent: Int32, _ name: String, _ kind: Kind) -> Int32? {
    let step = Step(parent: parent, name: number(of: name), kind: kind)
    if let place = places[step] { return place }
    guard nodes.count < Self.room else { return nil }
    let place = Int32(nodes.count)
    let level = nodes[Int(parent)].depth + 1
    nodes.append(Node(name: step.name, kind: kind, depth: level, parent: parent))
    nodes[Int(parent)].children.append(place)
    places[step] = place
    return place
  }

  /// What the width of a frame stands for.
  private func weight(_ node: Node) -> UInt64 {
    guard case .addition = comparison?.kind else { return node.value }
    return node.value + node.other
  }

  private func number(of name: String) -> Int32 {
    if let number = numbers[name] { return number }
    let number = Int32(names.count)
    names.append(name)
    numbers[name] = number
    return number
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
  public func write(to out: OutputBuffer) {
    let depth = nodes.reduce(0) { weight($1) > 0 ? max($0, Int($1.depth)) : $0 }
    let height = Self.head + (depth + 1) * Self.rowHeight + Self.foot
    let texts = names.map(xml)
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
    writeFrames(texts, height: height, to: out)
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
    let vanished = nodes.indices.dropFirst().filter { place in
      let node = nodes[place]
      return node.value == 0 && node.other > 0
        && (node.parent == 0 || nodes[Int(node.parent)].value > 0)
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
      out.append(path(to: place).map { texts[Int(nodes[$0].name)] }.joined(separator: ";"))
      out.append("\n")
    }
    if vanished.count > Self.listed { out.append("and \(vanished.count - Self.listed) more\n") }
    out.append("</title>")
  }

  private func path(to place: Int) -> [Int] {
    var path: [Int] = []
    var next = place
    while next != 0 {
      path.append(next)
      next = Int(nodes[next].parent)
    }
    return path.reversed()
  }

  private func writeFrames(_ texts: [String], height: Int, to out: OutputBuffer) {
    guard weight(nodes[0]) > 0 else { return }
    var rank = [Int32](repeating: 0, count: names.count)
    for (place, name) in names.indices.sorted(by: { names[$0] < names[$1] }).enumerated() {
      rank[name] = Int32(place)
    }
    // From the left to the right and from below to above.
    var waiting: [(node: Int32, start: UInt64)] = [(0, 0)]
    while let (place, start) = waiting.popLast() {
      let node = nodes[Int(place)]
      writeFrame(node, texts[Int(node.name)], start: start, height: height, to: out)
      let order = node.children.filter { weight(nodes[Int($0)]) > 0 }.sorted {
        let (left, right) = (nodes[Int($0)], nodes[Int($1)])
        return (rank[Int(left.name)], left.kind.rawValue)
          < (rank[Int(right.name)], right.kind.rawValue)
      }
      var end = start + order.reduce(0) { $0 + weight(nodes[Int($1)]) }
      for child in order.reversed() {
        end -= weight(nodes[Int(child)])
        waiting.append((child, end))
      }
    }
  }

  private func writeFrame(
    _ node: Node, _ text: String, start: UInt64, height: Int, to out: OutputBuffer
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
      out.append(colour: colour(of: node))
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
      let name = names[Int(node.name)]
      let isShort = name.unicodeScalars.count <= room
      out.append(isShort ? text : xml(String(name.prefix(room - 1))) + "…")
    }
    out.append("</text></g>\n")
  }

  /// A colour that goes with the name, warm for user space and cool for the kernel.
  private func colour(of node: Node) -> UInt64 {
    var hash: UInt32 = 2_166_136_261
    for byte in names[Int(node.name)].utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let (first, second) = (UInt64(hash >> 8 & 0x3f), UInt64(hash >> 20 & 0x1f))
    return switch node.kind {
    case .user: (215 + second) << 16 | (110 + first) << 8 | (60 + second)
    case .kernel: (90 + first) << 16 | (165 + second) << 8 | (200 + second)
    case .other: 0xc8c8c0
    }
  }
}
