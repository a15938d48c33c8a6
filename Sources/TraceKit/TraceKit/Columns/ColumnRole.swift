/// What a column is to who adds rows up, such as an exporter of metrics.
public enum ColumnRole: String, Sendable {
  /// What the row is about; it has few values, and rows are told apart by it.
  case key
  /// What else is known of the row.
  case detail
  /// A number that is added to that of other rows: it counts, or measures what a row took.
  case total
  /// A number that is true at one time only, such as a ratio, an average or a size.
  case level

  /// The role of a column that declares none: a number with a unit at the end of its name is
  /// added up, but for statistics, shares and rates, and all else is a detail.
  init(of name: String) {
    if Self.isStatistic(name) || name.hasSuffix("_percent") || name.hasSuffix("_per_second") {
      self = .level
    } else {
      self = ColumnUnit(ofColumn: name) == nil ? .detail : .total
    }
  }

  /// Whether a name begins as in `avg_ms` or `p99_us`.
  private static func isStatistic(_ name: String) -> Bool {
    guard let end = name.firstIndex(of: "_") else { return false }
    let first = name[..<end]
    if ["avg", "max", "min"].contains(first) { return true }
    return first.first == "p" && first.count > 1
      && first.dropFirst().allSatisfy { $0 == "." || ("0"..."9").contains($0) }
  }
}

/// The unit of a number, which is at the end of a column's name or stands in a histogram.
public struct ColumnUnit: Equatable, Sendable {
  /// What is left of the name.
  public let stem: String
  /// The unit without a prefix: `seconds`, `bytes`, `pages`, `ratio` or `hertz`.
  public let base: String
  /// By what a value is divided or multiplied to be one of that unit.
  public let divisor: Double
  public let multiplier: Double

  /// - Returns: nil where the name ends with no unit.
  public init?(ofColumn name: String) {
    guard let place = name.lastIndex(of: "_") else { return nil }
    let end = String(name[name.index(after: place)...])
    guard let unit = Self.units[end] else { return nil }
    stem = String(name[..<place])
    (base, divisor, multiplier) = unit
  }

  /// - Parameter name: what JSON calls the unit of a histogram.
  public init?(ofHistogram name: String) {
    let names = ["nsecs": "ns", "usecs": "us", "msecs": "ms", "kbytes": "kb", "MHz": "mhz"]
    guard let unit = Self.units[names[name] ?? name] else { return nil }
    stem = ""
    (base, divisor, multiplier) = unit
  }

  private static let units: [String: (base: String, divisor: Double, multiplier: Double)] = [
    "ns": ("seconds", 1e9, 1), "us": ("seconds", 1e6, 1), "ms": ("seconds", 1e3, 1),
    "s": ("seconds", 1, 1), "bytes": ("bytes", 1, 1), "kb": ("bytes", 1, 1024),
    "mb": ("bytes", 1, 1_048_576), "pages": ("pages", 1, 1), "percent": ("ratio", 100, 1),
    "mhz": ("hertz", 1, 1e6),
  ]
}
