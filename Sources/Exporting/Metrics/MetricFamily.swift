/// A metric with all its label sets, at one moment.
public struct MetricFamily: Equatable, Sendable {
  public enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// Without the suffix `_total` of a counter.
  public let name: String
  public let help: String
  public let kind: Kind
  /// The base unit at the end of the name; nil: it has none.
  public let unit: String?
  public let labelNames: [String]
  public var points: [Point]

  /// The value of one label set.
  public struct Point: Equatable, Sendable {
    public let labels: [String]
    public let value: Value

    public init(_ labels: [String], _ value: Value) {
      self.labels = labels
      self.value = value
    }
  }

  public enum Value: Equatable, Sendable {
    case number(Double)
    case distribution(Distribution)
  }

  /// A histogram with upper bounds of its buckets, which the last bucket has not.
  public struct Distribution: Equatable, Sendable {
    public let bounds: [Double]
    /// The number of values in each bucket, one more than there are bounds.
    public let counts: [Double]
    public let sum: Double

    public var count: Double { counts.reduce(0, +) }
  }

  public init(
    _ name: String, _ kind: Kind, help: String, unit: String? = nil, labelNames: [String] = [],
    points: [Point] = []
  ) {
    self.name = name
    self.kind = kind
    self.help = help
    self.unit = unit
    self.labelNames = labelNames
    self.points = points
  }
}
