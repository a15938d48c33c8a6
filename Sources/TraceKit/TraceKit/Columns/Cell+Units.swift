/// Values that a person sees in another unit than a program.
extension Cell {
  /// A word with a short form for the table.
  public func text(_ text: String, table: String?) {
    self.text(format == .table ? table ?? text : text)
  }

  /// Nothing, in the place of which a table has words.
  public func none(words: String) {
    if format == .table { text(words) } else { none() }
  }

  /// A number with another form for the table, where there is one.
  public func integer(_ number: some BinaryInteger, table: String?) {
    if format == .table, let table { text(table) } else { integer(number) }
  }

  /// A number that a table has in hexadecimal; nothing where there is none.
  public func hexadecimal(_ number: UInt64?) {
    guard let number else { return none() }
    if format == .table { text("0x" + String(number, radix: 16)) } else { integer(number) }
  }

  /// Milliseconds from the start of the run, of which a person sees whole ones.
  public func elapsedMilliseconds(_ nanoseconds: UInt64) {
    milliseconds(clock.elapsed(nanoseconds), decimals: 0)
  }

  /// Microseconds from the start of the run, with three decimals.
  public func elapsedMicroseconds(_ nanoseconds: UInt64) {
    fraction(clock.elapsed(nanoseconds), per: 1000, decimals: 3)
  }

  /// A number of `unit`ths that can be negative.
  public func signedFraction(_ value: Int64, per unit: UInt64, decimals: Int) {
    if value < 0 { out.append("-") }
    fraction(value.magnitude, per: unit, decimals: decimals)
  }

  public func integerOrNone(_ number: (some BinaryInteger)?) {
    if let number { integer(number) } else { none() }
  }

  /// Bytes; a table has them in units of 1024, rounded down.
  public func kilobytes(_ bytes: Int64) {
    integer(format == .table ? bytes >> 10 : bytes)
  }

  /// Bytes; a table has them in another unit, rounded down.
  public func bytes(_ bytes: UInt64, table unit: ByteUnit) {
    guard format == .table else { return integer(bytes) }
    let (high, low) = bytes.multipliedFullWidth(by: unit.parts)
    integer(
      high >= unit.divisor ? UInt64.max : unit.divisor.dividingFullWidth((high, low)).quotient)
  }

  /// A whole number; a table has great ones as the next one does.
  public func scaled(_ number: UInt64) {
    if format == .table { scaled(hundredths: number * 100) } else { integer(number) }
  }

  /// A quotient with two decimals, 0 where nothing can be divided; a table has great ones in
  /// units of 1024 or 1024², as `K` and `M`.
  ///
  /// - Parameter factor: what the quotient is multiplied by.
  public func scaled(_ dividend: UInt64, per divisor: UInt64, of factor: UInt64 = 1) {
    let (high, low) = dividend.multipliedFullWidth(by: factor * 100)
    let hundredths = high < divisor ? divisor.dividingFullWidth((high, low)).quotient : 0
    guard format == .table else { return fraction(hundredths, per: 100, decimals: 2) }
    scaled(hundredths: hundredths)
  }

  private func scaled(hundredths: UInt64) {
    let unit: (size: UInt64, sign: StaticString) =
      hundredths > 100_000_000 ? (1 << 20, "M") : hundredths > 100_000 ? (1 << 10, "K") : (1, "")
    let parts = (hundredths + unit.size / 2) / unit.size
    out.append(parts / 100)
    if parts % 100 > 0 {
      out.append(".")
      out.append(parts % 10 == 0 ? parts % 100 / 10 : parts % 100, digits: parts % 10 == 0 ? 1 : 2)
    }
    out.append(unit.sign)
  }

  /// A part in percent, with two decimals; a table has the whole number, rounded down.
  public func percent(_ part: UInt64, of whole: UInt64) {
    guard whole > 0 else { return none() }
    if format == .table { integer(part * 100 / whole) } else { percentage(part, of: whole) }
  }

  /// How often something happened in so many nanoseconds; a table has how often per second.
  public func rate(_ count: UInt64, in nanoseconds: UInt64) {
    guard format == .table else { return integer(count) }
    integer(UInt64((Double(count) * 1e9 / Double(max(nanoseconds, 1))).rounded()))
  }

  /// Nanoseconds as whole microseconds; a table has whole milliseconds where that is asked.
  public func microseconds(nanoseconds: UInt64, tableHasMilliseconds: Bool) {
    integer(nanoseconds / (format == .table && tableHasMilliseconds ? 1_000_000 : 1000))
  }

  /// Nanoseconds as whole microseconds; a table has seconds with two decimals.
  public func seconds(nanoseconds: UInt64) {
    guard format == .table else { return integer(nanoseconds / 1000) }
    fraction(nanoseconds / 10_000_000, per: 100, decimals: 2)
  }

  /// Nanoseconds as microseconds; a table has two decimals, of milliseconds where that is asked.
  public func microseconds(_ nanoseconds: UInt64, tableHasMilliseconds: Bool) {
    guard format == .table else { return fraction(nanoseconds, per: 1000, decimals: 3) }
    fraction(nanoseconds / (tableHasMilliseconds ? 10_000 : 10), per: 100, decimals: 2)
  }

  /// Nanoseconds as whole microseconds; a table has milliseconds with decimals.
  public func milliseconds(nanoseconds: UInt64) {
    let microseconds = nanoseconds / 1000
    guard format == .table else { return integer(microseconds) }
    fraction(microseconds, per: 1000, decimals: 3)
  }

  /// Nanoseconds; a table has them with one decimal in the greatest unit that is not more.
  public func scaledTime(nanoseconds: UInt64) {
    let units: [(size: UInt64, name: String)] = [
      (3_600_000_000_000, "h "), (60_000_000_000, "m "), (1_000_000_000, "s "), (1_000_000, "ms"),
      (1000, "us"),
    ]
    guard format == .table else { return integer(nanoseconds) }
    guard let unit = units.first(where: { nanoseconds >= $0.size }) else {
      return text("\(nanoseconds) ns")
    }
    fraction(nanoseconds / (unit.size / 10), per: 10, decimals: 1)
    text(" " + unit.name)
  }

  /// A time in five places of a table, rounded; else microseconds with three decimals.
  public func briefTime(nanoseconds: UInt64?) {
    guard let nanoseconds else { return none() }
    guard format == .table else { return fraction(nanoseconds, per: 1000, decimals: 3) }
    func rounded(_ unit: UInt64) -> UInt64 { (nanoseconds + unit / 2) / unit }
    func tenths(_ unit: UInt64) -> String { "\(rounded(unit) / 10).\(rounded(unit) % 10)" }
    switch nanoseconds {
    case ..<999_500: text("\(rounded(1000))us")
    case ..<9_950_000: text(tenths(100_000) + "ms")
    case ..<999_500_000: text("\(rounded(1_000_000))ms")
    case ..<99_950_000_000: text(tenths(100_000_000) + "s")
    default: text("\(rounded(1_000_000_000))s")
    }
  }
}
