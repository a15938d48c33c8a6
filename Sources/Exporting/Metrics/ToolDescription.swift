import TraceKit

/// What a tool says of its rows with `--describe`.
public struct ToolDescription: Equatable, Sendable {
  public enum Rows: String, Sendable {
    case events, counts, histograms
  }

  public struct Column: Equatable, Sendable {
    public let name: String
    public let role: String
  }

  public let tool: String
  public let about: String
  public let rows: Rows
  /// Seconds between summaries; nil: there is one at the end.
  public let interval: Double?
  /// Whether the arguments say when the run ends.
  public let ends: Bool
  /// Of the values of histograms.
  public let unit: String?
  public let isLinear: Bool
  public let columns: [Column]

  /// - Returns: nil where the output describes no run.
  public init?(_ output: [UInt8]) {
    var run: JSONRecord?
    var columns: [Column] = []
    for line in output.split(separator: UInt8(ascii: "\n")) {
      guard let record = JSONRecord(Array(line)) else { return nil }
      if record.text("type") == "run" {
        run = record
      } else if let name = record.text("name"), let role = record.text("role"), name != "time" {
        // What somebody asked for by name is worth a label.
        let isKey = role == "detail" && record["listed"] == .truth(true)
        columns.append(Column(name: name, role: isKey ? "key" : role))
      }
    }
    guard let run, let tool = run.text("tool"), let rows = run.text("rows").flatMap(Rows.init)
    else { return nil }
    self.tool = tool
    about = run.text("about") ?? ""
    self.rows = rows
    interval = run.number("interval_s")
    ends = run["ends"] == .truth(true)
    unit = run.text("unit")
    isLinear = run["linear"] == .truth(true)
    self.columns = columns
  }

  /// The columns by which rows are told apart.
  public var keys: [String] { columns.filter { $0.role == "key" }.map(\.name) }
}
