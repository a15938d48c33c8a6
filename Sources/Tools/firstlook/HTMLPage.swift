import TraceKit

/// The report as one file that needs nothing else.
struct HTMLPage {
  private let report: Report

  init(_ report: Report) {
    self.report = report
  }

  func write(to out: OutputBuffer) {
    out.append(Self.head)
    element("title", Firstlook.name + ": " + report.heading, to: out)
    out.append("</head>\n<body>\n")
    element("h1", "First look", to: out)
    element("p", report.heading, to: out)
    let unusual = report.findings.filter(\.isUnusual)
    if !unusual.isEmpty {
      out.append("<section id=\"unusual\">\n")
      element("h2", "What is unusual", to: out)
      list(unusual, to: out)
      out.append("</section>\n")
    }
    for section in report.look.sections { write(section, to: out) }
    writeNotes(to: out)
    out.append("</body>\n</html>\n")
  }

  private func write(_ section: Section, to out: OutputBuffer) {
    out.append("<section id=\"\(section.name)\">\n")
    element("h2", section.title, to: out)
    list(report.findings.filter { $0.section == section.name }, to: out)
    for tool in report.look.asked where tool.section.name == section.name {
      for histogram in tool.facts.histograms.prefix(8) {
        write(histogram, of: tool.probe, to: out)
      }
      if tool.facts.tally.sums.count > 3 { writeTable(tool, to: out) }
      if let drawing = tool.drawing, !tool.facts.isEmpty { write(drawing, to: out) }
    }
    out.append("</section>\n")
  }

  private func list(_ findings: [Finding], to out: OutputBuffer) {
    out.append("<ul>\n")
    for finding in findings {
      out.append(finding.isUnusual ? "<li class=\"unusual\">" : "<li>")
      out.append(xml: finding.text)
      if !finding.isNothing {
        out.append(" <small>")
        out.append(xml: "unusual: \(finding.limit);")
        out.append(" see <code>")
        out.append(xml: finding.closer)
        out.append("</code></small>")
      }
      out.append("</li>\n")
    }
    out.append("</ul>\n")
  }

  /// From the first bucket that is not empty to the last.
  private func write(_ histogram: LatencyHistogram, of probe: Probe, to out: OutputBuffer) {
    let label = histogram.label.isEmpty ? "" : " of \(histogram.label)"
    let filled = histogram.buckets.indices.filter { histogram.buckets[$0].count > 0 }
    guard let first = filled.first, let last = filled.last else { return }
    let most = histogram.buckets.reduce(1) { max($0, $1.count) }
    out.append("<table class=\"histogram\">\n")
    element("caption", "\(probe.tool): \(probe.noun)\(label)", to: out)
    for bucket in histogram.buckets[first...last] {
      row(
        "\(Figure.text(bucket.low, .time)) – \(Figure.text(bucket.high, .time))",
        Figure.text(bucket.count, .count), share: bucket.count / most, to: out)
    }
    out.append("</table>\n")
  }

  /// The keys of a tool, the greatest first.
  private func writeTable(_ tool: Look.Asked, to out: OutputBuffer) {
    let top = tool.facts.tally.top(10)
    out.append("<table class=\"keys\">\n")
    element("caption", "\(tool.probe.tool): \(tool.probe.key)", to: out)
    for (key, value) in top {
      row(
        key, Figure.text(value, tool.probe.unit), share: value / max(top[0].value, 1), to: out)
    }
    out.append("</table>\n")
  }

  private func row(_ name: String, _ value: String, share: Double, to out: OutputBuffer) {
    out.append("<tr>")
    element("th", name, to: out)
    element("td", value, to: out)
    let width = Figure.whole((min(share, 1) * 100).rounded())
    out.append("<td class=\"bar\"><div style=\"width:\(width)%\"></div></td></tr>\n")
  }

  /// It has a script of its own, which reaches nothing outside of the frame.
  private func write(_ drawing: [UInt8], to out: OutputBuffer) {
    out.append("<iframe title=\"flame graph\" sandbox=\"allow-scripts\" style=\"aspect-ratio:")
    out.append("1200/\(Self.height(of: drawing))\" src=\"")
    out.append("data:image/svg+xml;base64,")
    drawing.withUnsafeBytes { out.append(base64: $0) }
    out.append("\"></iframe>\n")
  }

  /// The height of a drawing that is 1200 wide.
  private static func height(of drawing: [UInt8]) -> Int {
    let start = String(decoding: drawing.prefix(512), as: UTF8.self)
    guard let place = start.firstRange(of: " height=\"") else { return 640 }
    let digits = start[place.upperBound...].prefix { $0 != "\"" }
    return min(max(Int(digits) ?? 640, 100), 4000)
  }

  private func writeNotes(to out: OutputBuffer) {
    let remarks = report.remarks
    guard !remarks.isEmpty else { return }
    out.append("<section id=\"missing\">\n")
    element("h2", "What is missing", to: out)
    out.append("<ul>\n")
    for remark in remarks { element("li", remark, to: out) }
    out.append("</ul>\n</section>\n")
  }

  private func element(_ name: String, _ text: String, to out: OutputBuffer) {
    out.append("<\(name)>")
    out.append(xml: text)
    out.append("</\(name)>\n")
  }

  private static let head: StaticString = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-src data:">
    <style>
    :root { color-scheme: light dark; --bar: #ee7460; --line: #dcdce2; --muted: #66666e; }
    body { font: 15px/1.5 system-ui, sans-serif; max-width: 1240px; margin: 2em auto;
      padding: 0 1em; overflow-wrap: anywhere; }
    h1 { font-size: 1.6em; margin-bottom: 0; }
    h2 { font-size: 1.15em; border-bottom: 1px solid var(--line); margin-top: 1.8em; }
    ul { list-style: none; padding: 0; }
    li { padding: 0.15em 0.8em; border-left: 4px solid transparent; }
    li.unusual { border-left-color: var(--bar); font-weight: 600; }
    small { color: var(--muted); font-weight: 400; }
    code { white-space: nowrap; }
    #unusual { border: 1px solid var(--bar); border-radius: 6px; padding: 0 1em; }
    #unusual h2 { border: 0; margin-top: 0.6em; }
    table { display: inline-table; vertical-align: top; width: 580px; max-width: 100%;
      margin: 0.5em 1em 1em 0; border-collapse: collapse; font-size: 13px; }
    caption { text-align: left; font-weight: 600; }
    th { font-weight: 400; text-align: left; width: 40%; }
    .histogram th, td { text-align: right; white-space: nowrap; }
    td { width: 12%; padding: 0 0.6em; }
    td.bar { width: 48%; padding: 1px 0; }
    .bar div { background: var(--bar); height: 1em; border-radius: 2px; }
    iframe { display: block; width: 100%; border: 1px solid var(--line); }
    </style>

    """
}
