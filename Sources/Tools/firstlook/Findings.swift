import Glibc
import TraceKit

/// A line of the report.
struct Finding: Sendable {
  let section: String
  let tool: String
  let isUnusual: Bool
  /// What was measured, with a value; texts of processes are among it as they are.
  let text: String
  /// From where on it is unusual.
  let limit: String
  /// The command that looks closer.
  let closer: String
  /// The value that the limit is for.
  let value: Double
  let unit: Figure.Unit
  /// Whether there was anything.
  let isNothing: Bool
}

extension Look.Asked {
  /// How many keys a line names.
  private static let named = 3
  private static let nameLength = 40

  /// What the rows say, for a run of so many seconds.
  func findings(seconds: Double) -> [Finding] {
    switch probe.shape {
    case .events: [events(seconds: seconds)]
    case .samples: samples(seconds: seconds)
    case .latency: latencies()
    case .ratio: [ratio()]
    }
  }

  private func finding(
    _ text: String, value: Double, unit: Figure.Unit, limit: Limit? = nil, isNothing: Bool = false
  ) -> Finding {
    let limit = limit ?? probe.limit
    return Finding(
      section: section.name, tool: probe.tool, isUnusual: !isNothing && limit.isPassed(by: value),
      text: text, limit: limit.words(probe.unit), closer: probe.closer, value: value, unit: unit,
      isNothing: isNothing)
  }

  private var nothing: Finding {
    finding("\(probe.noun): none", value: 0, unit: probe.unit, isNothing: true)
  }

  private func events(seconds: Double) -> Finding {
    let total = facts.tally.total
    guard total > 0 else { return nothing }
    let rate = total / seconds
    var text = "\(probe.noun): \(Figure.text(total, probe.unit))"
    var value = total
    if case .perSecond = probe.limit {
      text += ", \(Figure.text(rate, probe.unit)) a second"
      value = rate
    }
    return finding(
      text + "; most: " + most(facts.tally) { Figure.text($0, probe.unit) }, value: value,
      unit: probe.unit)
  }

  private func samples(seconds: Double) -> [Finding] {
    let total = facts.tally.total
    guard total > 0 else { return [nothing] }
    let processors = Double(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1))
    let busy = min(total / (Double(Probe.frequency) * seconds * processors) * 100, 100)
    func share(_ value: Double) -> String { Figure.number((value / total * 100).rounded()) + "%" }
    let use = finding(
      "\(probe.noun): \(Figure.number(busy))% busy; most: " + most(facts.tally, share), value: busy,
      unit: .percent)
    guard let hottest = facts.functions.top(1).first else { return [use] }
    let part = hottest.value / total * busy
    return [
      use,
      finding(
        "functions that run: one takes \(Figure.number(part))% of all CPUs; most: "
          + most(facts.functions, share), value: part, unit: .percent, limit: .percent(30)),
    ]
  }

  private func most(_ tally: Tally, _ words: (Double) -> String) -> String {
    tally.top(Self.named).map { key, value in
      let name = key.count > Self.nameLength ? key.prefix(Self.nameLength - 1) + "…" : key[...]
      return "\(name) \(words(value))"
    }.joined(separator: ", ")
  }

  private func latencies() -> [Finding] {
    guard !facts.histograms.isEmpty else { return [nothing] }
    return facts.histograms.sorted { $0.p99 > $1.p99 }.prefix(Self.named).map { histogram in
      let place = histogram.label.isEmpty ? "" : " of \(histogram.label)"
      let figures = [("half up to", histogram.median), ("p99", histogram.p99)]
        .map { "\($0.0) \(Figure.text($0.1, .time))" }
      return finding(
        "\(probe.noun)\(place): \(Figure.text(histogram.count, .count)); "
          + figures.joined(separator: ", ")
          + ", longest \(Figure.text(histogram.longest, .time))",
        value: histogram.p99, unit: .time)
    }
  }

  private func ratio() -> Finding {
    let all = facts.hits + facts.misses
    guard all > 0 else { return nothing }
    let share = facts.hits / all * 100
    return finding(
      "\(probe.noun): \(Figure.number(share))% of \(Figure.text(all, .count)) pages", value: share,
      unit: .percent)
  }
}
