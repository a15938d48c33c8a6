import Foundation
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

/// Reads CSV as RFC 4180 defines it: a quote stands only around a whole field or
/// twice inside of one, a field with a comma, a line break or a quote is quoted.
/// Lines end with LF, as all text of the tools does.
struct StrictCSV {
  struct Broken: Error {
    let place: Int
  }

  var records: [[[UInt8]]] = []

  init(_ bytes: [UInt8]) throws {
    var (index, record): (Int, [[UInt8]]) = (0, [])
    let (quote, comma, feed) = (UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\n"))
    while index < bytes.count {
      var field: [UInt8] = []
      if bytes[index] == quote {
        index += 1
        while true {
          guard index < bytes.count else { throw Broken(place: index) }
          if bytes[index] == quote {
            index += 1
            guard index < bytes.count, bytes[index] == quote else { break }
          }
          field.append(bytes[index])
          index += 1
        }
      } else {
        while index < bytes.count, bytes[index] != comma, bytes[index] != feed {
          guard bytes[index] != quote, bytes[index] != 0x0d else { throw Broken(place: index) }
          field.append(bytes[index])
          index += 1
        }
      }
      record.append(field)
      guard index < bytes.count else { throw Broken(place: index) }
      guard bytes[index] == comma || bytes[index] == feed else { throw Broken(place: index) }
      if bytes[index] == feed {
        records.append(record)
        record = []
      } else if index + 1 < bytes.count, bytes[index + 1] == feed {
        // A comma at the end of a line stands before an empty field.
        record.append([])
        records.append(record)
        record = []
        index += 1
      }
      index += 1
    }
    guard record.isEmpty else { throw Broken(place: index) }
  }
}

/// SplitMix64: the same numbers on every machine.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// A file that is there during the call.
func withTemporaryFile<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = NSTemporaryDirectory() + "tracekit-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}
