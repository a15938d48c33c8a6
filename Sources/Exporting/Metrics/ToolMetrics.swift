import TraceKit

/// What the rows of one tool add up to since the exporter started, over all its runs.
public struct ToolMetrics: Sendable {
  private struct Series: Sendable {
    var events = 0.0
    var values: [Double]
    var buckets = Buckets()
  }

  /// What a level is in an interval, by its label set and column.
  private struct Place: Hashable, Sendable {
    let labels: [String]
    let column: Int
  }

  private let description: ToolDescription
  /// The label that tells several commands of one tool apart; nil: there is only one.
  private let command: String?
  private let keys: [String]
  private let columns: [MeasuredColumn]
  private let countsRows: Bool
  private let limit: Int
  private var series: [[String]: Series] = [:]
  private var levels: [Place: Double] = [:]
  private var nextLevels: [Place: Double] = [:]
  /// Of histograms; nil: there are none.
  private var scale: Buckets.Scale?
  /// Rows that have no label set of their own.
  public private(set) var otherRows = 0.0

  public init(_ description: ToolDescription, command: String? = nil, limit: Int) {
    self.description = description
    self.command = command.map(LabelText.cut)
    self.limit = limit
    keys = description.keys
    columns = MeasuredColumn.chosen(from: description.columns)
    scale =
      description.rows != .histograms
      ? nil : description.unit.map { Buckets.Scale(unit: $0, isLinear: description.isLinear) }
    countsRows =
      description.rows == .events
      && !description.columns.contains { $0.name == MeasuredColumn.count && $0.role == "total" }
  }

  public var labelSets: Int { series.count }

  /// Adds a row.
  public mutating func add(_ record: JSONRecord) {
    var labels = keys.map { LabelText.text(record[$0]) }
    if series[labels] == nil, series.count >= limit {
      otherRows += 1
      labels = keys.map { _ in LabelText.other }
    }
    if description.rows == .histograms {
      addHistogram(record, labels)
      return
    }
    var one = series[labels] ?? Series(values: columns.map { _ in 0 })
    one.events += countsRows ? 1 : record.positive(MeasuredColumn.count)
    for (index, column) in columns.enumerated() {
      if column.isTotal {
        one.values[index] += column.value(record.positive(column.name))
      } else if description.rows == .counts, let level = record.number(column.name) {
        let place = Place(labels: labels, column: index)
        nextLevels[place] = max(nextLevels[place] ?? -.infinity, column.value(level))
      }
    }
    series[labels] = one
  }

  private mutating func addHistogram(_ record: JSONRecord, _ labels: [String]) {
    guard record.text("type") == "histogram", var scale else { return }
    series[labels, default: Series(values: [])].buckets.add(record, &scale)
    self.scale = scale
  }

  /// An interval is over, so that the levels in it are those of now.
  public mutating func endInterval() {
    levels = nextLevels
    nextLevels.removeAll()
  }

  /// The metrics, each with all label sets.
  public var families: [MetricFamily] {
    let names = (command == nil ? [] : ["command_line"]) + keys.map(LabelText.name)
    let prefix = "bpf_tools_\(LabelText.name(description.tool))_"
    let about = description.tool + ": " + description.about
    let sorted = series.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    func family(
      _ name: String, _ kind: MetricFamily.Kind, _ help: String, unit: String?,
      _ points: [MetricFamily.Point]
    ) -> MetricFamily {
      MetricFamily(
        prefix + name, kind, help: "\(about) \(help)", unit: unit, labelNames: names,
        points: points)
    }
    func point(_ labels: [String], _ value: MetricFamily.Value) -> MetricFamily.Point {
      MetricFamily.Point((command.map { [$0] } ?? []) + labels, value)
    }
    if let scale {
      return [
        family(
          scale.unit, .histogram, "Distribution of values.", unit: scale.unit,
          sorted.map { point($0.key, .distribution($0.value.buckets.distribution(scale))) })
      ]
    }
    var all: [MetricFamily] = []
    let hasCount = description.columns.contains { $0.name == MeasuredColumn.count }
    if description.rows != .histograms, countsRows || hasCount {
      all.append(
        family(
          "events", .counter, "Number of events.", unit: nil,
          sorted.map { point($0.key, .number($0.value.events)) }))
    }
    for (index, column) in columns.enumerated() {
      let help = "Values of \(column.name)"
      if column.isTotal {
        all.append(
          family(
            column.metric, .counter, help + ", added up.", unit: column.unit,
            sorted.map { point($0.key, .number($0.value.values[index])) }))
      } else if description.rows == .counts {
        let points = sorted.compactMap { labels, _ in
          levels[Place(labels: labels, column: index)].map { point(labels, .number($0)) }
        }
        all.append(
          family(
            column.metric, .gauge, help + " in the last interval.", unit: column.unit, points))
      }
    }
    return all
  }
}

extension JSONRecord {
  /// A number that is added to others; what is none adds nothing.
  fileprivate func positive(_ key: String) -> Double {
    guard let number = number(key), number.isFinite else { return 0 }
    return max(number, 0)
  }
}
