import TraceKit

/// The buckets of a histogram that a tool writes again and again, added up.
struct Buckets: Sendable {
  /// What buckets of all label sets have in common.
  struct Scale: Sendable {
    /// The unit at the end of the metric's name.
    let unit: String
    private let divisor: Double
    private let multiplier: Double
    /// Times are measured without a step, all else in whole numbers.
    private let isTime: Bool
    let isLinear: Bool
    /// How many powers of two have a bucket of their own.
    let powers: Int
    /// The greatest values of steps that were seen.
    private(set) var steps: [Double] = []

    static let stepLimit = 256

    init(unit name: String, isLinear: Bool) {
      let unit = ColumnUnit(ofHistogram: name)
      self.unit = unit?.base ?? name
      (divisor, multiplier) = (unit?.divisor ?? 1, unit?.multiplier ?? 1)
      isTime = unit?.base == "seconds"
      self.isLinear = isLinear
      // Up to about two minutes, 32 MiB, and a million of what else there is.
      powers = ["nsecs": 37, "usecs": 27, "msecs": 17, "kbytes": 15][name] ?? 20
    }

    func value(_ number: Double) -> Double { number * multiplier / divisor }

    /// The greatest value of a bucket. A time was rounded down to the unit that the tool
    /// counts in, so that it is less than one more.
    private func bound(_ high: Double) -> Double {
      isTime ? value(high + 1) : multiplier > 1 ? value(high + 1) - 1 : value(high)
    }

    var bounds: [Double] {
      isLinear
        ? steps.map(bound)
        : (1...powers).map { bound(Double(UInt64(1) << UInt64($0)) - 1) }
    }

    mutating func see(_ high: Double) {
      guard isLinear, steps.count < Self.stepLimit else { return }
      let place = steps.firstIndex { $0 >= high } ?? steps.count
      if place == steps.count || steps[place] != high { steps.insert(high, at: place) }
    }
  }

  /// By the greatest value of a bucket.
  private var counts: [Double: Double] = [:]
  private var sum = 0.0

  mutating func add(_ record: JSONRecord, _ scale: inout Scale) {
    let bars = record.buckets("buckets")
    let step = bars.first.map { $0.high - $0.low }
    for bar in bars where bar.count > 0 && bar.count < 1e15 {
      // The last step has all values beyond, and so no bound.
      let isOpen = scale.isLinear && bar.high - bar.low != step
      let high = isOpen ? Double.infinity : bar.high
      if !isOpen { scale.see(high) }
      counts[high, default: 0] += bar.count
    }
    sum += max(record.number("sum") ?? 0, 0)
  }

  func distribution(_ scale: Scale) -> MetricFamily.Distribution {
    let highs =
      scale.isLinear
      ? scale.steps : (1...scale.powers).map { Double(UInt64(1) << UInt64($0)) - 1 }
    var counts = highs.map { self.counts[$0] ?? 0 }
    counts.append(self.counts.values.reduce(0, +) - counts.reduce(0, +))
    return MetricFamily.Distribution(
      bounds: scale.bounds, counts: counts, sum: scale.value(sum))
  }
}
