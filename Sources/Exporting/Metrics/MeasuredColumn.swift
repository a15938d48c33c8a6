import TraceKit

/// A column whose numbers become a metric.
struct MeasuredColumn: Sendable {
  let name: String
  /// The name of the metric after that of the tool, without `_total`.
  let metric: String
  let unit: String?
  let isTotal: Bool
  private let divisor: Double
  private let multiplier: Double

  init?(_ column: ToolDescription.Column) {
    guard column.role == "total" || column.role == "level", column.name != Self.count else {
      return nil
    }
    name = column.name
    isTotal = column.role == "total"
    if let unit = ColumnUnit(ofColumn: name) {
      let stem = unit.stem == "total" ? "" : unit.stem
      metric =
        stem.isEmpty ? unit.base : stem.hasSuffix(unit.base) ? stem : "\(stem)_\(unit.base)"
      self.unit = unit.base
      (divisor, multiplier) = (unit.divisor, unit.multiplier)
    } else {
      metric = name
      unit = ["bytes", "pages"].contains(name) ? name : nil
      (divisor, multiplier) = (1, 1)
    }
  }

  /// How many events a row stands for.
  static let count = "count"

  /// In the base unit.
  func value(_ number: Double) -> Double { number * multiplier / divisor }

  /// Of two columns with the same metric, that with the smaller unit is kept.
  static func chosen(from columns: [ToolDescription.Column]) -> [MeasuredColumn] {
    var chosen: [MeasuredColumn] = []
    for column in columns.compactMap(MeasuredColumn.init) {
      if let place = chosen.firstIndex(where: { $0.metric == column.metric }) {
        if column.value(1) < chosen[place].value(1) { chosen[place] = column }
      } else {
        chosen.append(column)
      }
    }
    return chosen
  }
}
