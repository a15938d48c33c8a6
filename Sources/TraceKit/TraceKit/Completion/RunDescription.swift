/// What a tool says of the rows that it would write with the arguments it was given, for a
/// program that reads them: `--describe`.
struct RunDescription: Sendable {
  enum Rows: String, Sendable {
    /// Each is an event.
    case events
    /// Each is what was counted in an interval.
    case counts
    /// Each is a distribution of an interval.
    case histograms
  }

  let rows: Rows
  /// Seconds between rows that belong together; nil: there are some at the end only.
  let interval: Double?
  /// Whether the arguments say when the run ends.
  let ends: Bool
  /// Of the values of histograms.
  let unit: HistogramUnit?
  let isLinear: Bool

  init(
    _ rows: Rows, every interval: Double? = nil, ends: Bool = false, unit: HistogramUnit? = nil,
    isLinear: Bool = false
  ) {
    self.rows = rows
    self.interval = interval
    self.ends = ends
    self.unit = unit
    self.isLinear = isLinear
  }

  /// Lines of JSON: one for the run, and one for each column.
  ///
  /// - Parameters:
  ///   - tool: its name and what it does.
  ///   - areListed: somebody chose exactly these columns.
  func lines<Row: ~Copyable & ~Escapable>(
    tool: (name: String, about: String), columns: [Column<Row>], areListed: Bool
  ) -> [String] {
    let out = OutputBuffer(capacity: 256)
    out.append("{\"type\":\"run\",\"tool\":")
    out.append(json: tool.name)
    out.append(",\"about\":")
    out.append(json: tool.about)
    out.append(",\"rows\":\"\(rows.rawValue)\",")
    out.append("\"interval_s\":\(interval.map { "\($0)" } ?? "null"),")
    if let unit { out.append("\"unit\":\"\(unit.name)\",") }
    out.append("\"ends\":\(ends),\"linear\":\(isLinear)}")
    return [out.withBytes { String(decoding: $0, as: UTF8.self) }]
      + columns.map { column in
        "{\"type\":\"column\",\"name\":\"\(column.name)\",\"role\":\"\(column.role.rawValue)\","
          + "\"listed\":\(areListed)}"
      }
  }
}
