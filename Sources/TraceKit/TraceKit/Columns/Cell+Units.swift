/// Values that a person sees in another unit than a program.
extension Cell {
  /// A word with a short form for the table.
  public func text(_ text: String, table: String?) {
    self.text(format == .table ? table ?? text : text)
  }

  /// Bytes; a table has them in units of 1024, rounded down.
  public func kilobytes(_ bytes: Int64) {
    integer(format == .table ? bytes >> 10 : bytes)
  }

  /// Nanoseconds as whole microseconds; a table has milliseconds with decimals.
  public func milliseconds(nanoseconds: UInt64) {
    let microseconds = nanoseconds / 1000
    guard format == .table else { return integer(microseconds) }
    fraction(microseconds, per: 1000, decimals: 3)
  }
}
