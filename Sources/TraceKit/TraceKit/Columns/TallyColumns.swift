extension [Column<Tally>] {
  /// How long all took, and on request how long one took on average.
  public static func durations(inMilliseconds: Bool) -> [Column<Tally>] {
    let unit = inMilliseconds ? "ms" : "us"
    let write = { @Sendable (nanoseconds: UInt64, cell: borrowing Cell) in
      cell.fraction(nanoseconds / (inMilliseconds ? 1000 : 1), per: 1000, decimals: 3)
    }
    return [
      Column("total_\(unit)", "TIME (\(unit))", width: 16, alignment: .right) {
        write($0.nanoseconds, $1)
      },
      Column("avg_\(unit)", "AVG (\(unit))", width: 12, alignment: .right, presence: .hidden) {
        write($0.nanoseconds / Swift.max($0.count, 1), $1)
      },
    ]
  }
}
