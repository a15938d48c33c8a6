import TraceKit

/// Metrics as text for Prometheus.
public enum ExpositionFormat: Sendable {
  /// Version 0.0.4 of Prometheus' own format.
  case prometheus
  /// OpenMetrics 1.0.
  case openMetrics

  /// The value of `Content-Type`.
  public var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// What a client asks for with `Accept`: the format that it prefers of these two.
  public init(accept: String) {
    var weights: [(isOpen: Bool, weight: Double)] = []
    for part in accept.split(separator: ",").prefix(32) {
      let words = part.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
      let weight = words.first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      // Other versions than 1.0 are not written.
      let version = words.first { $0.hasPrefix("version=") }
      switch words.first {
      case "application/openmetrics-text":
        if version == nil || version == "version=1.0.0" { weights.append((true, weight)) }
      case "text/plain", "text/*", "*/*": weights.append((false, weight))
      default: break
      }
    }
    func greatest(_ isOpen: Bool) -> Double {
      weights.filter { $0.isOpen == isOpen }.map(\.weight).max() ?? 0
    }
    self = greatest(true) > 0 && greatest(true) >= greatest(false) ? .openMetrics : .prometheus
  }

  /// Writes metrics.
  public func write(_ families: [MetricFamily], to out: OutputBuffer) {
    for family in families { write(family, to: out) }
    if self == .openMetrics { out.append("# EOF\n") }
  }

  private func write(_ family: MetricFamily, to out: OutputBuffer) {
    let sample = family.kind == .counter ? family.name + "_total" : family.name
    let name = self == .openMetrics ? family.name : sample
    out.append("# HELP \(name) ")
    out.append(metric: family.help, quotes: self == .openMetrics)
    out.append("\n# TYPE \(name) \(family.kind.rawValue)\n")
    if self == .openMetrics, let unit = family.unit, name.hasSuffix("_" + unit) {
      out.append("# UNIT \(name) \(unit)\n")
    }
    for point in family.points {
      switch point.value {
      case .number(let number):
        out.append(sample)
        writeLabels(family.labelNames, point.labels, to: out)
        out.append(" \(number.metricText)\n")
      case .distribution(let distribution): write(distribution, family, point.labels, to: out)
      }
    }
  }

  private func write(
    _ distribution: MetricFamily.Distribution, _ family: MetricFamily, _ labels: [String],
    to out: OutputBuffer
  ) {
    var below = 0.0
    for (index, count) in distribution.counts.enumerated() {
      below += count
      // A number with a point, as OpenMetrics has it.
      let isLast = index == distribution.bounds.count
      let bound = isLast ? "+Inf" : "\(distribution.bounds[index])"
      out.append(family.name + "_bucket")
      writeLabels(family.labelNames + ["le"], labels + [bound], to: out)
      out.append(" \(below.metricText)\n")
    }
    for (suffix, value) in [("_sum", distribution.sum), ("_count", below)] {
      out.append(family.name + suffix)
      writeLabels(family.labelNames, labels, to: out)
      out.append(" \(value.metricText)\n")
    }
  }

  private func writeLabels(_ names: [String], _ values: [String], to out: OutputBuffer) {
    guard !names.isEmpty else { return }
    for (index, (name, value)) in zip(names, values).enumerated() {
      out.append(index == 0 ? "{" : ",")
      out.append(name)
      out.append("=\"")
      out.append(metric: value, quotes: true)
      out.append("\"")
    }
    out.append("}")
  }
}

extension OutputBuffer {
  /// Escapes a text of a label or of help.
  fileprivate func append(metric text: String, quotes: Bool) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\"") where quotes: append("\\\"")
      default: append(byte: byte)
      }
    }
  }
}
