import TraceKit

@testable import Exporting

extension ToolDescription {
  /// A description as a tool prints it.
  ///
  /// - Parameter columns: names with their roles.
  static func of(
    _ tool: String, _ rows: String, _ columns: KeyValuePairs<String, String>,
    unit: String = "usecs", isLinear: Bool = false
  ) throws -> ToolDescription {
    let lines =
      [
        #"{"type":"run","tool":"\#(tool)","about":"About \"it\".","rows":"\#(rows)","#
          + #""interval_s":1,"unit":"\#(unit)","ends":false,"linear":\#(isLinear)}"#
      ]
      + columns.map { name, role in
        #"{"type":"column","name":"\#(name)","role":"\#(role)","listed":false}"#
      }
    guard let description = ToolDescription(Array(lines.joined(separator: "\n").utf8)) else {
      throw ToolError(.failure, "no description")
    }
    return description
  }
}

/// The registry after lines of one tool.
func registry(
  _ description: ToolDescription, limit: Int = 1000, _ lines: [String]
) -> Registry {
  let registry = Registry()
  let index = registry.add(description, command: nil, labelLimit: limit)
  registry.began(index, isRestart: false)
  for line in lines { registry.take(Array(line.utf8), of: index) }
  return registry
}

extension Registry {
  /// The lines of the text that begin so.
  func lines(
    _ prefix: String, as format: ExpositionFormat = .prometheus
  ) -> [String] {
    let out = OutputBuffer()
    format.write(families, to: out)
    return out.withBytes { String(decoding: $0, as: UTF8.self) }
      .split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
  }
}
