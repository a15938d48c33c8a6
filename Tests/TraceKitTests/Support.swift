import Foundation
import TestSupport
import Testing

@testable import TraceKit

/// What is written into an output buffer, as bytes.
func written(_ body: (OutputBuffer) throws -> Void) rethrows -> [UInt8] {
  let out = OutputBuffer(capacity: 1)
  try body(out)
  return out.withBytes { Array($0) }
}

/// The same as text, which it must be.
func text(_ body: (OutputBuffer) throws -> Void) rethrows -> String {
  let bytes = try written(body)
  let text = String(validating: bytes, as: UTF8.self)
  #expect(text != nil, "no UTF-8: \(bytes)")
  return text ?? ""
}

/// One cell of a column named "k".
func cell(
  _ format: OutputFormat, timeFormat: TimeFormat = .utc, clock: EventClock = testClock(),
  _ body: (Cell) -> Void
) -> [UInt8] {
  written { out in
    body(Cell(name: "k", out: out, format: format, timeFormat: timeFormat, clock: clock))
  }
}

/// A run that started at second 100 of the kernel's clock, which was
/// 2023-11-14T22:13:20Z.
func testClock() -> EventClock {
  EventClock(start: 100_000_000_000, offset: (1_700_000_000 - 100) * 1_000_000_000)
}

/// The objects of lines of JSON.
func jsonLines(_ text: String) throws -> [[String: Any]] {
  try text.split(separator: "\n").map { line in
    try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }
}

/// A file that is there during the call.
func withTemporaryFile<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "tracekit-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}
