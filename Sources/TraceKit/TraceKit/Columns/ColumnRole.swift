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

  /// The role of a column that has none of its own, by its name. Names have the same meaning
  /// in all tools, and the unit at their end.
  init(of name: String) {
    let parts = name.split(separator: "_")
    guard let first = parts.first, let last = parts.last else {
      self = .detail
      return
    }
    if Self.keys.contains(name) {
      self = .key
    } else if Self.details.contains(name) {
      self = .detail
    } else if Self.counts.contains(name) {
      self = .total
    } else if parts.count > 1 && Self.levels.contains(String(first))
      || Self.shares.contains(String(last)) || name.hasSuffix("_per_second")
    {
      self = .level
    } else if ColumnUnit(ofColumn: name) != nil || first == "size" && parts.count == 2 {
      self = .total
    } else {
      self = .detail
    }
  }

  private static let keys: Set<String> = [
    "action", "cache", "call", "comm", "container", "destination_node", "device", "direction",
    "disk", "driver", "err", "error", "event", "file_type", "filesystem", "func", "function",
    "hardirq", "interface", "ip", "kind", "label", "language", "method",
    "namespace", "node", "op", "operation", "outcome", "pattern", "pod", "pod_namespace", "proto",
    "protocol", "query_type", "queue", "reason", "rwbs", "scope", "side", "signal_name", "softirq",
    "source_node", "state", "subnet", "syscall", "transport", "unit", "user", "verdict",
    "workqueue", "zone",
  ]

  /// They end as times and sizes do, which they are of something else than the event.
  private static let details: Set<String> = [
    "age_s", "elapsed_ms", "elapsed_s", "elapsed_us", "interval_ms", "offset_bytes", "start_s",
    "unix_time_s",
  ]

  /// What a value that is not added up begins with.
  private static let levels: Set<String> = [
    "anonymous", "avg", "buffers", "cached", "file", "fragmentation", "free", "high", "longest",
    "low", "max", "min", "oldest", "p1", "p5", "p10", "p16", "p25", "p50", "p75", "p84", "p90",
    "p95", "p99", "p100", "period", "quota", "rss", "shared",
  ]

  private static let shares: Set<String> = ["percent", "index"]

  private static let counts: Set<String> = [
    "allocations", "answers", "buffers", "bytes", "calls", "changes", "classes", "collections",
    "connects", "count", "creates", "dirties", "exceptions", "failed", "fsyncs", "hits", "in_lists",
    "io",
    "migrations", "misses", "mkdirs", "objects", "opens", "out_lists", "packets", "pages",
    "processes", "random", "reads", "references", "retransmits", "rmdirs", "samples", "segments",
    "sequential", "slow", "throttled_periods", "unlinks", "writes",
  ]
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
