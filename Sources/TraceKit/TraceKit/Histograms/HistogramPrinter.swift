/// The unit of a histogram's values.
public enum HistogramUnit: String, Sendable {
  case nanoseconds = "nsecs"
  case microseconds = "usecs"
  case milliseconds = "msecs"
}

/// Writes histograms as bars, as JSON or as CSV.
struct HistogramPrinter<Key> {
  let format: OutputFormat
  let unit: HistogramUnit
  /// The parts of the key that this run tells apart.
  let columns: [Column<KeyedHistogram<Key>>]
  /// What stands over the bars, without its line end.
  let heading: (KeyedHistogram<Key>) -> [UInt8]
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
    let histogram = keyed.histogram
    guard histogram.count > 0 else { return }
    if keyed.key != nil {
      out.append("\n")
      heading(keyed).withUnsafeBytes { out.append(escaped: $0) }
      out.append("\n")
    }
    let powers = histogram.powers
    let isWide = powers.count > 32
    let (numberWidth, unitWidth) = isWide ? (20, 29) : (10, 19)
    out.append(spaces: isWide ? 15 : 5)
    pad(to: unitWidth, .left) { out.append(unit.rawValue) }
    out.append(" : count    distribution\n")
    let most = powers.map(\.count).max() ?? 1
    for power in powers {
      pad(to: numberWidth, .right) { out.append(power.low) }
      out.append(" -> ")
      pad(to: numberWidth, .left) { out.append(power.high) }
      out.append(" : ")
      pad(to: 8, .left) { out.append(power.count) }
      out.append(" |")
      pad(to: Int(Self.barWidth), .left) {
        for _ in 0..<(power.count * Self.barWidth / most) { out.append("*") }
      }
      out.append("|\n")
    }
    if showsAverage { average(histogram) }
    if showsPercentiles { percentiles(histogram) }
  }

  private func average(_ histogram: Histogram) {
    out.append("\navg = \(histogram.average) \(unit.rawValue), ")
    out.append("total: \(histogram.sum) \(unit.rawValue), count: \(histogram.count)\n")
  }

  private func percentiles(_ histogram: Histogram) {
    out.append("\n")
    for (name, part) in Self.percentiles {
      out.append(name)
      out.append(" = \(histogram.percentile(part)) \(unit.rawValue), ")
    }
    out.append("max = \(histogram.max) \(unit.rawValue)\n")
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
    for power in keyed.histogram.powers {
      cell("time").time(time)
      for column in columns {
        out.append(",")
        column.write(keyed, cell(column.name))
      }
      out.append(",\(unit.rawValue),\(power.low),\(power.high),\(power.count)\n")
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
    out.append(",\"unit\":\"\(unit.rawValue)\",\"count\":\(histogram.count)")
    out.append(",\"sum\":\(histogram.sum),\"avg\":\(histogram.average)")
    for (name, part) in Self.percentiles {
      out.append(",\"")
      out.append(name)
      out.append("\":\(histogram.percentile(part))")
    }
    out.append(",\"max\":\(histogram.max),\"buckets\":[")
    for (index, power) in histogram.powers.enumerated() {
      if index > 0 { out.append(",") }
      out.append("{\"low\":\(power.low),\"high\":\(power.high),\"count\":\(power.count)}")
    }
    out.append("]}\n")
  }
}
