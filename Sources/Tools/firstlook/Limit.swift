/// From where on something is unusual.
enum Limit: Sendable {
  /// It happens at all.
  case any
  case perSecond(Double)
  /// Of latencies, of a hundred one.
  case microseconds(Double)
  case percent(Double)
  case below(Double)

  /// - Parameter value: in what the limit is in.
  func isPassed(by value: Double) -> Bool {
    switch self {
    case .any: value > 0
    case .perSecond(let limit), .microseconds(let limit), .percent(let limit): value > limit
    case .below(let limit): value < limit
    }
  }

  func words(_ unit: Figure.Unit) -> String {
    switch self {
    case .any: "more than none"
    case .perSecond(let limit): "more than \(Figure.text(limit, unit)) a second"
    case .microseconds(let limit): "p99 of more than \(Figure.text(limit, .time))"
    case .percent(let limit): "more than \(Figure.number(limit))%"
    case .below(let limit): "less than \(Figure.number(limit))%"
    }
  }
}

/// Numbers for a person.
enum Figure {
  enum Unit: String, Sendable {
    case count
    case time = "microseconds"
    case bytes
    case percent
  }

  static func text(_ value: Double, _ unit: Unit) -> String {
    switch unit {
    case .count: value < 10_000 ? number(value) : scaled(value, 1000, ["", "k", "M", "G", "T"])
    case .time: scaled(value, 1000, [" us", " ms", " s"])
    case .bytes: scaled(value, 1024, [" B", " KB", " MB", " GB", " TB"])
    case .percent: number(value) + "%"
    }
  }

  private static func scaled(_ value: Double, _ step: Double, _ units: [String]) -> String {
    var (value, place) = (value, 0)
    while value >= step, place < units.count - 1 {
      value /= step
      place += 1
    }
    return number(value) + units[place]
  }

  /// With one decimal where it is small and no whole number.
  static func number(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "?" }
    let tenths = Int64((value * 10).rounded())
    if value.magnitude >= 100 || tenths % 10 == 0 { return "\(Int64(value.rounded()))" }
    return "\(tenths / 10).\((tenths % 10).magnitude)"
  }
}
