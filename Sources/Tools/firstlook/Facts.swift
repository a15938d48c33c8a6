import TraceKit

/// Sums by a key, of which there are so many at most.
struct Tally: Sendable {
  private(set) var sums: [String: Double] = [:]
  private(set) var total = 0.0

  static let limit = 4096

  mutating func add(_ key: String, _ weight: Double) {
    guard weight.isFinite, weight > 0 else { return }
    total += weight
    let key = String(key.prefix(128))
    if let sum = sums[key] {
      sums[key] = sum + weight
    } else if sums.count < Self.limit {
      sums[key] = weight
    }
  }

  /// The greatest first.
  func top(_ count: Int) -> [(key: String, value: Double)] {
    Array(
      sums.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.prefix(count))
  }
}

/// A histogram of a tool.
struct LatencyHistogram: Sendable {
  let label: String
  let count: Double
  let median: Double
  let p99: Double
  let longest: Double
  let buckets: [JSONRecord.Bucket]

  init?(_ record: JSONRecord, label: String) {
    guard record.text("type") == "histogram", let count = record.number("count"), count > 0 else {
      return nil
    }
    self.label = label
    self.count = count
    median = record.number("p50") ?? 0
    p99 = record.number("p99") ?? 0
    longest = record.number("max") ?? 0
    buckets = record.buckets("buckets")
  }
}

/// What the rows of a tool add up to.
struct Facts: Sendable {
  var tally = Tally()
  /// The innermost functions of samples.
  var functions = Tally()
  var histograms: [LatencyHistogram] = []
  var hits = 0.0
  var misses = 0.0
  /// Events that the tool did not see.
  var lost = 0.0
  /// Lines that could not be read.
  var unread = 0

  private static let histogramLimit = 64

  mutating func add(_ record: JSONRecord, of probe: Probe) {
    if record.text("type") == "summary" {
      for key in ["lost", "map_full", "missed"] { lost += record.number(key) ?? 0 }
      return
    }
    let key = record.text(probe.key)
    switch probe.shape {
    case .events: tally.add(key ?? "unknown", probe.weight(record) ?? 0)
    case .samples:
      let weight = probe.weight(record) ?? 0
      tally.add(key ?? "unknown", weight)
      if let frame = record.texts("kernel").first ?? record.texts("user").first {
        functions.add(frame, weight)
      }
    case .latency:
      guard histograms.count < Self.histogramLimit else { return }
      if let histogram = LatencyHistogram(record, label: key ?? "") {
        histograms.append(histogram)
      }
    case .ratio:
      hits += max(record.number("hits") ?? 0, 0)
      misses += max(record.number("misses") ?? 0, 0)
    }
  }
}
