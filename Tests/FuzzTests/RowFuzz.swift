import TestSupport
import Testing

@testable import TraceKit

extension FuzzTests {
  /// Prints rows of a tool of tables as they may never come, and holds its texts against what
  /// was put in.
  func fuzzRows<Row>(
    _ name: String, _ options: [String],
    _ make: (inout SeededNumbers) -> (row: Row, texts: [String: [UInt8]])
  ) throws {
    let mangled =
      "\(name.count)\(name)\(name.count)\(name.prefix(1).uppercased())\(name.dropFirst())V"
    let type = try #require(_typeByName(mangled), "no \(mangled)")
    let all: Any
    if let tool = type as? any SummaryTool.Type {
      all = try columns(of: tool, options)
    } else {
      let tool = try #require(type as? any RankedTool.Type)
      all = try columns(of: tool, options)
    }
    let columns = try #require(all as? [Column<Row>])
    try Fuzz.run(name, share: 0.025) { numbers in
      let made = (0..<Self.rows).map { _ in make(&numbers) }
      let outputs = print(made.map(\.row), columns)
      try Check.table(outputs[.table]!, lines: made.count + 1)
      _ = try Check.csv(outputs[.csv]!, records: made.count + 1, fields: columns.count)
      let objects = try Check.json(outputs[.json]!, lines: made.count)
      for (object, made) in zip(objects, made) {
        for (key, text) in made.texts { try Check.text(object, key, text) }
      }
    }
  }

  private func columns<Tool: SummaryTool>(of tool: Tool.Type, _ options: [String]) throws -> Any {
    try Tool.parse(options).columns
  }

  private func columns<Tool: RankedTool>(of tool: Tool.Type, _ options: [String]) throws -> Any {
    try Tool.parse(options).columns
  }

  /// Fills an array of C with a text, and returns what of it is before its first NUL.
  func put<Characters: BitwiseCopyable>(
    _ text: [UInt8], in characters: inout Characters
  ) -> [UInt8] {
    withUnsafeMutableBytes(of: &characters) { bytes in
      bytes.copyBytes(from: text.prefix(bytes.count))
      return Array(UnsafeRawBufferPointer(bytes).upToNUL)
    }
  }
}
