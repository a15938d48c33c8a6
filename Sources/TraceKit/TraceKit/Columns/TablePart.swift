/// A part of the rows of a table, with columns of its own.
public struct TablePart<Row> {
  /// What is over it; a part with a title is printed even without rows.
  let title: String?
  let columns: [Column<Row>]
  let includes: (Row) -> Bool

  /// - Parameters:
  ///   - title: what is over it; nil: nothing.
  ///   - includes: whether a row belongs to it.
  public init(
    _ columns: [Column<Row>], title: String? = nil,
    includes: @escaping (Row) -> Bool = { _ in true }
  ) {
    self.title = title
    self.columns = columns
    self.includes = includes
  }
}
