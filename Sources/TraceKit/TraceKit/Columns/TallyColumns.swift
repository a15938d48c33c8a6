extension [Column<Tally>] {
  /// How long all took, and on request how long one took on average.
  public static func durations(inMilliseconds: Bool) -> [Column<Tally>] {
    durations(inMilliseconds: inMilliseconds) { ($0.nanoseconds, $0.count) }
  }
}

extension Array {
  /// The same of other rows.
  ///
  /// - Parameter times: how long all of a row took, and how many they are.
  public static func durations<Row>(
    inMilliseconds: Bool,
    _ times: @escaping @Sendable (Row) -> (nanoseconds: UInt64, count: UInt64)
  ) -> [Column<Row>] where Element == Column<Row> {
    let unit = inMilliseconds ? "ms" : "us"
    let write = { @Sendable (nanoseconds: UInt64, cell: borrowing Cell) in
      cell.fraction(nanoseconds / (inMilliseconds ? 1000 : 1), per: 1000, decimals: 3)
    }
    return [
      Column("total_\(unit)", "TIME (\(unit))", width: 16, alignment: .right) {
        write(times($0).nanoseconds, $1)
      },
      Column("avg_\(unit)", "AVG (\(unit))", width: 12, alignment: .right, presence: .hidden) {
        let all = times($0)
        write(all.nanoseconds / Swift.max(all.count, 1), $1)
      },
    ]
  }
}
