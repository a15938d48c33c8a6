/// A line that a tool wrote with `--json`: an object of plain values, texts and lists of them.
///
/// What processes chose is among it, so that the line may be anything, and what has no use
/// here is passed over.
public struct JSONRecord: Sendable {
  public enum Value: Equatable, Sendable {
    case text(String)
    case number(Double)
    case truth(Bool)
    case texts([String])
    case buckets([Bucket])
  }

  /// A bucket of a histogram.
  public struct Bucket: Equatable, Sendable {
    public let low: Double
    public let high: Double
    public let count: Double
  }

  /// Without the keys whose value is null or of another kind.
  private let values: [String: Value]

  static let keyLimit = 128
  static let listLimit = 1024

  /// - Returns: nil where the line is no object, or one with too many keys.
  public init?(_ line: [UInt8]) {
    var values: [String: Value] = [:]
    var count = 0
    do throws(JSONScanner.Malformed) {
      try JSONScanner.scan(line) { (scanner) throws(JSONScanner.Malformed) in
        try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
          count += 1
          let value = try Self.value(&scanner)
          if count <= Self.keyLimit { values[key] = value }
        }
      }
    } catch {
      return nil
    }
    guard count <= Self.keyLimit else { return nil }
    self.values = values
  }

  public subscript(key: String) -> Value? { values[key] }

  /// In no order.
  public var keys: some Collection<String> { values.keys }

  public func text(_ key: String) -> String? {
    guard case .text(let text) = values[key] else { return nil }
    return text
  }

  public func number(_ key: String) -> Double? {
    guard case .number(let number) = values[key] else { return nil }
    return number
  }

  public func texts(_ key: String) -> [String] {
    guard case .texts(let texts) = values[key] else { return [] }
    return texts
  }

  public func buckets(_ key: String) -> [Bucket] {
    guard case .buckets(let buckets) = values[key] else { return [] }
    return buckets
  }

  /// A number that is the ID of a process.
  public var process: Int32? { number("pid").flatMap { Int32(exactly: $0) } }

  private static func value(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Malformed) -> Value? {
    if scanner.begins("\"") { return .text(try scanner.string()) }
    if scanner.begins("[") { return try list(&scanner) }
    for (first, truth) in [("t", true), ("f", false)] as [(Unicode.Scalar, Bool)]
    where scanner.begins(first) {
      try scanner.skip()
      return .truth(truth)
    }
    guard !scanner.begins("{"), !scanner.begins("n") else {
      try scanner.skip()
      return nil
    }
    return .number(try scanner.double())
  }

  private static func list(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Malformed) -> Value? {
    var texts: [String] = []
    var buckets: [Bucket] = []
    try scanner.array { (scanner) throws(JSONScanner.Malformed) in
      if scanner.begins("\""), texts.count < listLimit {
        texts.append(try scanner.string())
      } else if scanner.begins("{"), buckets.count < listLimit {
        if let bucket = try bucket(&scanner) { buckets.append(bucket) }
      } else {
        try scanner.skip()
      }
    }
    return buckets.isEmpty ? .texts(texts) : .buckets(buckets)
  }

  private static func bucket(
    _ scanner: inout JSONScanner
  ) throws(JSONScanner.Malformed) -> Bucket? {
    var numbers: [String: Double] = [:]
    try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
      guard ["low", "high", "count"].contains(key), !scanner.begins("n") else {
        return try scanner.skip()
      }
      numbers[key] = try scanner.double()
    }
    guard let low = numbers["low"], let count = numbers["count"] else { return nil }
    return Bucket(low: low, high: numbers["high"] ?? low, count: count)
  }
}
