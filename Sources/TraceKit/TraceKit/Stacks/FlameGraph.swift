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
    var value: UInt64 = 0
    var children: [Int32] = []
  }

  private let title: String
  private let unit: String
  private let style: StackStyle
  private var names: [String] = []
  private var numbers: [String: Int32] = [:]
  private var nodes: [Node]
  private var places: [Step: Int32] = [:]
  private var depth = 0

  /// - Parameters:
  ///   - title: the heading of the page.
  ///   - unit: of the values, such as "samples".
  ///   - style: which frames are shown, and how.
  public init(title: String, unit: String, _ style: StackStyle) {
    self.title = title
    self.unit = unit
    self.style = style
    nodes = [Node(name: 0, kind: .other, depth: 0)]
    _ = number(of: "all")
  }

  /// Adds samples to what is there.
  public func add(_ samples: [StackSample]) {
    for sample in samples {
      let value = style.value(sample)
      guard value > 0 else { continue }
      nodes[0].value += value
      var place: Int32 = 0
      for step in style.steps(sample) {
        place = self.step(from: place, step.name, step.kind, value)
      }
    }
  }

  private func step(from parent: Int32, _ name: String, _ kind: Kind, _ value: UInt64) -> Int32 {
    let step = Step(parent: parent, name: number(of: name), kind: kind)
    if let place = places[step] {
      nodes[Int(place)].value += value
      return place
    }
    let place = Int32(nodes.count)
    let level = nodes[Int(parent)].depth + 1
    nodes.append(Node(name: step.name, kind: kind, depth: level, value: value))
    nodes[Int(parent)].children.append(place)
    places[step] = place
    depth = max(depth, Int(level))
    return place
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
    let height = Self.head + (depth + 1) * Self.rowHeight + Self.foot
    let texts = names.map(OutputBuffer.xml)
    out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.width) \(height)\"")
    out.append(" width=\"\(Self.width)\" height=\"\(height)\">\n<title>")
    out.append(OutputBuffer.xml(title))
    out.append("</title>\n<style>")
    out.append(FlameGraphPage.style)
    out.append("</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fdfdfb\"/>\n")
    out.append("<text id=\"heading\" x=\"\(Self.width / 2)\" y=\"26\">")
    out.append(OutputBuffer.xml(title))
    out.append("</text>\n<text id=\"reset\" class=\"button\" x=\"\(Self.margin)\" y=\"26\"")
    out.append(" visibility=\"hidden\">Reset zoom</text>\n")
    out.append("<text id=\"search\" class=\"button\" x=\"\(Self.width - Self.margin)\" y=\"26\"")
    out.append(" text-anchor=\"end\">Search</text>\n<text id=\"matched\" ")
    out.append("x=\"\(Self.width - Self.margin)\" y=\"48\" text-anchor=\"end\"></text>\n")
    out.append("<text id=\"details\" x=\"\(Self.margin)\" y=\"\(height - 10)\"></text>\n")
    out.append("<g id=\"frames\" data-unit=\"\(OutputBuffer.xml(unit))\"")
    out.append(" data-total=\"\(nodes[0].value)\" data-margin=\"\(Self.margin)\"")
    out.append(" data-width=\"\(Self.width - 2 * Self.margin)\">\n")
    writeFrames(texts, height: height, to: out)
    out.append("</g>\n<script><![CDATA[\n")
    out.append(FlameGraphPage.script)
    out.append("]]></script>\n</svg>\n")
  }

  private func writeFrames(_ texts: [String], height: Int, to out: OutputBuffer) {
    guard nodes[0].value > 0 else { return }
    var rank = [Int32](repeating: 0, count: names.count)
    for (place, name) in names.indices.sorted(by: { names[$0] < names[$1] }).enumerated() {
      rank[name] = Int32(place)
    }
    // From the left to the right and from below to above.
    var waiting: [(node: Int32, start: UInt64)] = [(0, 0)]
    while let (place, start) = waiting.popLast() {
      let node = nodes[Int(place)]
      writeFrame(node, texts[Int(node.name)], start: start, height: height, to: out)
      let order = node.children.sorted {
        let (left, right) = (nodes[Int($0)], nodes[Int($1)])
        return (rank[Int(left.name)], left.kind.rawValue)
          < (rank[Int(right.name)], right.kind.rawValue)
      }
      var end = start + order.reduce(0) { $0 + nodes[Int($1)].value }
      for child in order.reversed() {
        end -= nodes[Int(child)].value
        waiting.append((child, end))
      }
    }
  }

  private func writeFrame(
    _ node: Node, _ text: String, start: UInt64, height: Int, to out: OutputBuffer
  ) {
    let whole = Double(UInt64(Self.width - 2 * Self.margin) * Self.scale)
    let total = Double(nodes[0].value)
    let left = UInt64(Double(start) / total * whole) + UInt64(Self.margin) * Self.scale
    let width = UInt64(Double(node.value) / total * whole)
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
    out.append("\" height=\"16\" fill=\"#")
    out.append(colour(of: node), base: 16, digits: 6)
    out.append("\" data-start=\"")
    out.append(start)
    out.append("\" data-value=\"")
    out.append(node.value)
    out.append("\"/><text x=\"")
    out.append(left + 3 * Self.scale, per: Self.scale, decimals: 3)
    out.append("\" y=\"")
    out.append(UInt64(top + 12))
    out.append("\">")
    if width >= Self.leastLabel {
      let room = Int((width - 6 * Self.scale) / Self.letterWidth)
      let name = names[Int(node.name)]
      let isShort = name.unicodeScalars.count <= room
      out.append(isShort ? text : OutputBuffer.xml(String(name.prefix(room - 1))) + "…")
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
