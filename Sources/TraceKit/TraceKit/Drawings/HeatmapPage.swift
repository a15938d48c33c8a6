/// Draws heat maps: an SVG file that needs nothing else and runs nothing, with colours for
/// a light and for a dark page.
struct HeatmapPage {
  private let request: HeatmapRequest
  private let tool: String
  private let time: TimeAxis

  init(_ request: HeatmapRequest, tool: String, time: TimeAxis) {
    self.request = request
    self.tool = tool
    self.time = time
  }

  // In pixels.
  private static let (width, height) = (1200, 650)
  private static let (left, right, top, bottom) = (84, 1156, 112, 540)
  private static let (plotWidth, plotHeight) = (right - left, bottom - top)
  private static let swatch = 62

  func write(_ heatmap: Heatmap, until end: UInt64, to out: OutputBuffer) {
    heatmap.widen(until: max(end, heatmap.start + 1) - 1)
    let elapsed = end > heatmap.start ? end - heatmap.start : 0
    let columns = max(heatmap.columns, Int((elapsed + heatmap.width / 2) / heatmap.width), 1)
    let values = ValueAxis(heatmap.filledRows, scale: heatmap.scale, unit: request.scale)
    let colours = HeatmapColours(most: heatmap.most)
    let heading = "\(tool): \(request.subject)"
    let range = time.range(from: heatmap.start, to: max(end, heatmap.start))

    out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.width) ")
    out.append("\(Self.height)\" width=\"\(Self.width)\" height=\"\(Self.height)\">\n<title>")
    out.append(xml: "\(heading), \(request.selection), \(range)")
    out.append("</title>\n<style>")
    out.append(HeatmapColours.style)
    out.append("</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n")
    line("heading", x: Self.left, y: 40, heading, to: out)
    let sum = inWords(heatmap.total)
    line("muted", x: Self.left, y: 64, "\(request.selection) · \(range) · \(sum)", to: out)
    line("muted", x: Self.left, y: Self.top - 12, request.unit, to: out)
    out.append("<rect class=\"plot\" x=\"\(Self.left)\" y=\"\(Self.top)\" ")
    out.append("width=\"\(Self.plotWidth)\" height=\"\(Self.plotHeight)\"/>\n")
    writeAxes(heatmap, columns: columns, values: values, to: out)
    writeCells(heatmap, columns: columns, values: values, colours: colours, to: out)
    if heatmap.total == 0 {
      line(
        "empty", x: (Self.left + Self.right) / 2, y: (Self.top + Self.bottom) / 2,
        "no \(request.noun)", to: out)
    }
    writeLegend(colours, column: heatmap.width, to: out)
    out.append("</svg>\n")
  }

  private func inWords(_ number: UInt64) -> String {
    counted(number, request.noun, as: grouped(number))
  }

  private func line(
    _ style: StaticString, x: Int, y: Int, _ text: String, to out: OutputBuffer
  ) {
    out.append("<text class=\"")
    out.append(style)
    out.append("\" x=\"\(x)\" y=\"\(y)\">")
    out.append(xml: text)
    out.append("</text>\n")
  }

  private func writeAxes(
    _ heatmap: Heatmap, columns: Int, values: ValueAxis, to out: OutputBuffer
  ) {
    for tick in values.ticks {
      let y = Self.bottom - Int(tick.height * Double(Self.plotHeight))
      out.append("<path class=\"grid\" d=\"M\(Self.left) \(y).5H\(Self.right)\"/>")
      line("value", x: Self.left - 10, y: y + 5, tick.label, to: out)
    }
    let length = heatmap.width * UInt64(columns)
    for tick in time.ticks(from: heatmap.start, to: heatmap.start + length, atMost: 11) {
      let part = Double(tick.time - heatmap.start) / Double(length)
      let x = Self.left + Int(part * Double(Self.plotWidth))
      out.append("<path class=\"mark\" d=\"M\(x).5 \(Self.bottom)v6\"/>")
      line("time", x: x, y: Self.bottom + 22, tick.label, to: out)
      if let day = tick.day { line("time", x: x, y: Self.bottom + 38, day, to: out) }
    }
  }

  private func writeCells(
    _ heatmap: Heatmap, columns: Int, values: ValueAxis, colours: HeatmapColours,
    to out: OutputBuffer
  ) {
    // Whole pixels, so that no seams are seen between cells.
    let places = (0...columns).map { UInt64(Self.left + Self.plotWidth * $0 / columns) }
    func place(_ height: Double) -> UInt64 {
      UInt64((Double(Self.bottom) - height * Double(Self.plotHeight)).rounded())
    }
    let step = Int64(clamping: heatmap.width)
    out.append("<g id=\"cells\">\n")
    for column in 0..<heatmap.columns {
      let start = heatmap.start + UInt64(column) * heatmap.width
      let times =
        time.text(start, step: step) + " to " + time.text(start + heatmap.width, step: step)
      for row in values.rows {
        let count = heatmap.count(column: column, row: row)
        guard count > 0 else { continue }
        let heights = values.heights(of: row)
        let (above, below) = (place(heights.top), place(heights.bottom))
        out.append("<rect class=\"c")
        out.append(UInt64(colours.shade(of: colours.level(of: count))))
        out.append("\" x=\"")
        out.append(places[column])
        out.append("\" y=\"")
        out.append(above)
        out.append("\" width=\"")
        out.append(places[column + 1] - places[column])
        out.append("\" height=\"")
        out.append(below - above)
        out.append("\" data-count=\"")
        out.append(count)
        out.append("\"><title>")
        out.append(xml: "\(inWords(count)) of \(values.range(of: row)) \(request.unit)")
        out.append("\n")
        out.append(times)
        out.append("</title></rect>\n")
      }
    }
    out.append("</g>\n")
  }

  private func writeLegend(_ colours: HeatmapColours, column: UInt64, to out: OutputBuffer) {
    let y = Self.bottom + 58
    line("muted", x: Self.left, y: y + 12, "a column is \(Self.duration(column))", to: out)
    let start = Self.right - Self.swatch * colours.ranges.count
    line("legend", x: start - 12, y: y + 12, "\(request.noun) in a cell", to: out)
    for (level, range) in colours.ranges.enumerated() {
      let x = start + level * Self.swatch
      out.append("<rect class=\"c\(colours.shade(of: level))\" x=\"\(x)\" y=\"\(y)\" ")
      out.append("width=\"\(Self.swatch - 2)\" height=\"16\"/>")
      line("level", x: x + Self.swatch / 2 - 1, y: y + 32, HeatmapColours.text(range), to: out)
    }
  }

  /// A time in the largest unit of which it is a whole number.
  private static func duration(_ nanoseconds: UInt64) -> String {
    let units: [(name: String, length: UInt64)] = [
      ("hour", 3_600_000_000_000), ("minute", 60_000_000_000), ("second", 1_000_000_000),
    ]
    for (name, length) in units where nanoseconds >= length {
      let count = Double(nanoseconds) / Double(length)
      let isWhole = nanoseconds % length == 0
      let text = isWhole ? "\(nanoseconds / length)" : rounded(count)
      return "\(text) \(name)\(text == "1" ? "" : "s")"
    }
    return "\(nanoseconds / 1_000_000) milliseconds"
  }

  private static func rounded(_ number: Double) -> String {
    let hundredths = UInt64(number * 100 + 0.5)
    return "\(hundredths / 100)." + String(100 + hundredths % 100).dropFirst()
  }
}
