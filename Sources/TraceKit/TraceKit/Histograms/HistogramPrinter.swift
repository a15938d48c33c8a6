/// The unit of a histogram's values.
public struct HistogramUnit: Equatable, Sendable {
  /// What JSON and CSV call it.
  public let name: String
  /// What is over the values in a table.
  let heading: String

  /// - Parameter heading: what is over the values in a table; nil: the name.
  public init(_ name: String, heading: String? = nil) {
    self.name = name
    self.heading = heading ?? name
  }

  public static let nanoseconds = HistogramUnit("nsecs")
  public static let microseconds = HistogramUnit("usecs")
  public static let milliseconds = HistogramUnit("msecs")
}

/// Writes histograms as bars, as JSON or as CSV.
struct HistogramPrinter<Key> {
  let format: OutputFormat
  let unit: HistogramUnit
  /// The parts of the key that this run tells apart.
  let columns: [Column<KeyedHistogram<Key>>]
  /// What stands over the bars, without its line end.
  let heading: (KeyedHistogram<Key>) -> [UInt8]
  /// Whether the heading is over a histogram of all, too.
  var titlesAll = false
  /// Whether it is over one of a recording; nil: where there is a key, or over all.
  var isTitled: ((KeyedHistogram<Key>) -> Bool)?
  /// What a table has instead of the bars; nil: the bars.
  var line: (KeyedHistogram<Key>) -> [UInt8]? = { _ in nil }
  let showsPercentiles: Bool
  let showsAverage: Bool
  let timeFormat: TimeFormat
  let clock: EventClock
  let out: OutputBuffer

  private static var barWidth: UInt64 { 40 }
  static var percentiles: [(name: StaticString, part: Double)] {
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)]
  }

  /// The first line of CSV.
  func header() {
    guard format == .csv else { return }
    out.append("time,")
    for column in columns {
      out.append(column.name)
      out.append(",")
    }
    out.append("unit,low,high,count\n")
  }

  func print(_ histogram: KeyedHistogram<Key>, time: UInt64) {
    switch format {
    case .table: bars(histogram)
    case .csv: csv(histogram, time)
    case .json: json(histogram, time)
    }
  }

  private func bars(_ keyed: KeyedHistogram<Key>) {
    if let line = line(keyed) {
      line.withUnsafeBytes { out.append(escaped: $0) }
      out.append("\n")
      return
    }
    let histogram = keyed.histogram
    guard histogram.count > 0 else { return }
    if isTitled?(keyed) ?? (titlesAll || keyed.key != nil) {
      out.append("\n")
      heading(keyed).withUnsafeBytes { out.append(escaped: $0) }
      out.append("\n")
      if let stack = keyed.stack { frames(stack) }
    }
    switch histogram.scale {
    case .powers: powers(histogram.bars)
    case .linear: steps(histogram.bars)
    }
    if showsAverage { average(histogram) }
    if showsPercentiles { percentiles(histogram) }
  }

  private func frames(_ stack: [Frame]) {
    guard !stack.isEmpty else { return }
    out.append("    -\n")
    for frame in stack {
      out.append("    ")
      out.append(escaped: frame.name)
      out.append("\n")
    }
    out.append("    -\n")
  }

  private func powers(_ bars: [Histogram.Bar]) {
    let isWide = bars.count > 32
    let (numberWidth, unitWidth) = isWide ? (20, 29) : (10, 19)
    out.append(spaces: isWide ? 15 : 5)
    pad(to: unitWidth, .left) { out.append(unit.heading) }
    out.append(" : count    distribution\n")
    let most = bars.map(\.count).max() ?? 1
    for bar in bars {
      pad(to: numberWidth, .right) { out.append(bar.low) }
      out.append(" -> ")
      pad(to: numberWidth, .left) { out.append(bar.high) }
      count(bar, most)
    }
  }

  /// Each step by its least value.
  private func steps(_ bars: [Histogram.Bar]) {
    out.append(spaces: 5)
    pad(to: 13, .left) { out.append(unit.heading) }
    out.append(" : count     distribution\n")
    let most = bars.map(\.count).max() ?? 1
    for bar in bars {
      out.append(spaces: 8)
      pad(to: 10, .left) { out.append(bar.low) }
      count(bar, most)
    }
  }

  private func count(_ bar: Histogram.Bar, _ most: UInt64) {
    out.append(" : ")
    pad(to: 8, .left) { out.append(bar.count) }
    out.append(" |")
    pad(to: Int(Self.barWidth), .left) {
      for _ in 0..<(bar.count * Self.barWidth / most) { out.append("*") }
    }
    out.append("|\n")
  }

  private func average(_ histogram: Histogram) {
    out.append("\navg = \(histogram.average) \(unit.name), ")
    out.append("total: \(histogram.sum) \(unit.name), count: \(histogram.count)\n")
  }

  private func percentiles(_ histogram: Histogram) {
    out.append("\n")
    for (name, part) in Self.percentiles {
      out.append(name)
      out.append(" = \(histogram.percentile(part)) \(unit.name), ")
    }
    out.append("max = \(histogram.max) \(unit.name)\n")
  }

  private func pad(to width: Int, _ alignment: Alignment, _ write: () -> Void) {
    let start = out.count
    write()
    out.pad(from: start, to: width, alignment: alignment)
  }

  private func cell(_ name: String) -> Cell {
    Cell(name: name, out: out, format: format, timeFormat: timeFormat, clock: clock)
  }

  private func csv(_ keyed: KeyedHistogram<Key>, _ time: UInt64) {
    for bar in keyed.histogram.bars {
      cell("time").time(time)
      for column in columns {
        out.append(",")
        column.write(keyed, cell(column.name))
      }
      out.append(",\(unit.name),\(bar.low),\(bar.high),\(bar.count)\n")
    }
  }

  private func json(_ keyed: KeyedHistogram<Key>, _ time: UInt64) {
    let histogram = keyed.histogram
    out.append("{\"type\":\"histogram\",\"time\":")
    cell("time").time(time)
    for column in columns {
      out.append(",\"\(column.name)\":")
      column.write(keyed, cell(column.name))
    }
    out.append(",\"unit\":\"\(unit.name)\",\"count\":\(histogram.count)")
    out.append(",\"sum\":\(histogram.sum),\"avg\":\(histogram.average)")
    for (name, part) in Self.percentiles {
      out.append(",\"")
      out.append(name)
      out.append("\":\(histogram.percentile(part))")
    }
    out.append(",\"min\":\(histogram.min)")
    out.append(",\"max\":\(histogram.max),\"buckets\":[")
    for (index, bar) in histogram.bars.enumerated() {
      if index > 0 { out.append(",") }
      out.append("{\"low\":\(bar.low),\"high\":\(bar.high),\"count\":\(bar.count)}")
    }
    out.append("]}\n")
  }
}
