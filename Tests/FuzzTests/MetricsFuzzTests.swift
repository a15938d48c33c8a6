import TestSupport
import Testing
import TraceKit

@testable import Exporting

/// Whatever a process calls itself, metrics are lines that can be read back.
@Suite struct MetricsFuzzTests {
  private static func description() throws -> ToolDescription {
    let lines = """
      {"type":"run","tool":"t","about":"a","rows":"events","ends":false,"linear":false}
      {"type":"column","name":"comm","role":"key","listed":false}
      {"type":"column","name":"bytes","role":"total","listed":false}
      """
    return try #require(ToolDescription(Array(lines.utf8)))
  }

  private static func lines(_ registry: Registry, _ format: ExpositionFormat) -> [[UInt8]] {
    let out = OutputBuffer()
    format.write(registry.families, to: out)
    return out.withBytes { Array($0) }.split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }

  /// The value of the first label of a line, whose escapes are read.
  private static func label(_ line: [UInt8]) -> [UInt8]? {
    guard let start = line.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
    var text: [UInt8] = []
    var rest = line[(start + 1)...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return rest.first == UInt8(ascii: "}") ? text : nil
      case UInt8(ascii: "\\"):
        let escapes = ["\\": "\\", "\"": "\"", "n": "\n"]
        guard let next = rest.popFirst(), let plain = escapes[String(UnicodeScalar(next))] else {
          return nil
        }
        text += Array(plain.utf8)
      default: text.append(byte)
      }
    }
    return nil
  }

  @Test func `a label is read back as it was, or as its beginning`() throws {
    let description = try Self.description()
    try Fuzz.run("metrics", share: 0.05) { numbers in
      let text = String(decoding: Corpus.random(&numbers), as: UTF8.self)
      let out = OutputBuffer()
      out.append("{\"type\":\"e\",\"bytes\":23,\"comm\":")
      out.append(json: text)
      out.append("}")
      let registry = Registry()
      let index = registry.add(description, command: nil, labelLimit: 3)
      try #require(registry.take(out.withBytes { Array($0) }, of: index) != nil)
      for format in [ExpositionFormat.prometheus, .openMetrics] {
        let found = Self.lines(registry, format)
          .filter { $0.starts(with: Array("bpf_tools_t_".utf8)) }
        try #require(found.count == 2)
        for line in found {
          let label = try #require(Self.label(line))
          try #require(Array(text.utf8).starts(with: label) && label.count <= LabelText.limit)
          try #require(label.count == text.utf8.count || label.count > LabelText.limit - 4)
        }
      }
    }
  }

  @Test func `lines of any kind, files, addresses and URLs are read or refused`() throws {
    let description = try Self.description()
    Fuzz.run("metrics input", share: 0.05) { numbers in
      let registry = Registry()
      let index = registry.add(description, command: nil, labelLimit: 3)
      var line = Array(#"{"type":"e","comm":"a","bytes":1e308,"x":[1,"b",{"low":0}]}"#.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        line[Int.random(in: line.indices, using: &numbers)] =
          UInt8.random(in: .min ... .max, using: &numbers)
      }
      registry.take(line, of: index)
      registry.take(Corpus.random(&numbers), of: index)
      _ = ToolDescription(line)
      let text = String(decoding: Corpus.random(&numbers), as: UTF8.self)
      _ = try? CommandFile.commands(in: text)
      _ = Endpoint(text)
      _ = try? Receiver("http://" + text)
      _ = ExpositionFormat(accept: text)
      _ = LogRecord.nanoseconds(text)
      _ = Self.lines(registry, .openMetrics)
    }
  }
}
