/// An order of the rows of a ranked table: the greatest first.
public struct RankedOrder<Row>: Sendable {
  /// What `--sort` calls it. Its first letter is the key that chooses it.
  public let name: String
  /// What is compared; where it is equal, the next.
  private let measures: [@Sendable (Row) -> UInt64]

  public init(_ name: String, by measures: [@Sendable (Row) -> UInt64]) {
    self.name = name
    self.measures = measures
  }

  var key: UInt8 { name.utf8.first ?? 0 }

  func precedes(_ one: Row, _ other: Row) -> Bool {
    for measure in measures {
      let (left, right) = (measure(one), measure(other))
      if left != right { return left > right }
    }
    return false
  }
}
