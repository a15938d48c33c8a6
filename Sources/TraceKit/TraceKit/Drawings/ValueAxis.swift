import Glibc

/// The vertical place of the values of some rows of a heat map: logarithmic where the rows
/// are, with the same room for each power of two.
struct ValueAxis {
  let scale: HistogramScale
  let rows: ClosedRange<Int>
  /// How many steps of the values make a unit.
  let unit: UInt64

  /// - Parameter filled: the rows that have values; a few more are shown.
  init(_ filled: ClosedRange<Int>?, scale: HistogramScale, unit: UInt64) {
    self.scale = scale
    self.unit = unit
    let filled = filled ?? 0...39
    let last = Heatmap.rows - 1
    var (low, high) = (filled.lowerBound - 2, filled.upperBound + 2)
    while high - low < 15 {
      low -= 1
      high += 1
    }
    if low < 0 { (low, high) = (0, high - low) }
    rows = low...min(high, last)
  }

  /// The least value of a row, which is below 1 for the row of 0, since a logarithm has no 0.
  private func start(of row: Int) -> Double {
    switch scale {
    case .powers where row == 0: 0.5
    case .powers where row == Heatmap.rows: 4_294_967_296
    case .powers, .linear: Double(scale.low(of: row))
    }
  }

  private func place(_ value: Double) -> Double {
    scale == .powers ? log2(value) : value
  }

  /// From 0 at the least value that is shown to 1 at the end.
  func height(of value: Double) -> Double {
    let bottom = place(start(of: rows.lowerBound))
    let top = place(start(of: rows.upperBound + 1))
    return (place(value) - bottom) / (top - bottom)
  }

  func heights(of row: Int) -> (bottom: Double, top: Double) {
    (height(of: start(of: row)), height(of: start(of: row + 1)))
  }

  struct Tick {
    let height: Double
    let label: String
  }

  var ticks: [Tick] {
    let bottom = start(of: rows.lowerBound)
    let end = start(of: rows.upperBound + 1)
    switch scale {
    case .powers:
      // In a short range, there are some between the powers of ten.
      let parts: [UInt64] = end / bottom < 500 ? [1, 2, 5] : [1]
      var power: UInt64 = 1
      var ticks: [Tick] = []
      while Double(power) <= end {
        for part in parts where Double(part * power) >= bottom && Double(part * power) <= end {
          ticks.append(tick(part * power))
        }
        power *= 10
      }
      return ticks
    case .linear:
      var step: UInt64 = 1
      while (end - bottom) / Double(step) > 10 {
        step *= String(step).first == "2" ? 5 : 2
        if String(step).first == "4" { step = step / 4 * 5 }
      }
      let first = (UInt64(bottom) + step - 1) / step
      return (first...max(first, UInt64(end) / step)).map { tick($0 * step) }
    }
  }

  private func tick(_ value: UInt64) -> Tick {
    Tick(height: height(of: Double(value)), label: text(value))
  }

  /// A value in the unit: 1234567 as "1,234,567", or a thousandth of it as "1,234.567".
  func text(_ value: UInt64) -> String {
    let whole = grouped(value / unit)
    let rest = value % unit
    guard rest > 0 else { return whole }
    var digits = String(String(unit + rest).dropFirst())
    while digits.hasSuffix("0") { digits.removeLast() }
    return whole + "." + digits
  }

  /// From which value to which a row is.
  func range(of row: Int) -> String {
    let low = scale.low(of: row)
    guard row < Heatmap.rows - 1 else { return text(low) + " or more" }
    let high = scale.low(of: row + 1) - 1
    return low == high ? text(low) : text(low) + " to " + text(high)
  }
}

/// A number with a comma before each three digits.
func grouped(_ number: UInt64) -> String {
  var text = ""
  for (place, digit) in String(number).reversed().enumerated() {
    if place > 0, place % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}
