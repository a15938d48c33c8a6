/// An order of the rows of a ranked table: the greatest first, or the least.
public struct RankedOrder<Row>: Sendable {
  /// What `--sort` calls it.
  public let name: String
  /// The key that chooses it on a terminal.
  let key: Character
  /// Whether the least comes first.
  private let isAscending: Bool
  /// What is compared; where it is equal, the next.
  private let measures: [@Sendable (Row) -> UInt64]

  /// - Parameters:
  ///   - key: the key that chooses it; nil: the first letter of its name.
  ///   - isAscending: whether the least comes first.
  public init(
    _ name: String, key: Character? = nil, isAscending: Bool = false,
    by measures: [@Sendable (Row) -> UInt64]
  ) {
    self.name = name
    self.key = key ?? name.first ?? " "
    self.isAscending = isAscending
    self.measures = measures
  }

  func precedes(_ one: Row, _ other: Row) -> Bool {
    for measure in measures {
      let (left, right) = (measure(one), measure(other))
      if left != right { return (left > right) != isAscending }
    }
    return false
  }
}
