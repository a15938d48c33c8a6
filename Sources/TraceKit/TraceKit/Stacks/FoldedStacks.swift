import Glibc

/// A file of stacks as `-f` prints them: a line for each, its frames outermost first with
/// semicolons between them, then a space and its value.
struct FoldedStacks {
  /// The last part of the path.
  let name: String
  private let path: String
  private let bytes: [UInt8]

  private static let megabytes = 64
  /// So that the sum of two files can still be told.
  private static let greatestSum: UInt64 = 1 << 60
  private static let greatestDepth = 1024

  /// - Throws: ``ToolError`` where it cannot be read.
  init(_ path: String) throws {
    let target = realpath(path, nil)
    defer { free(target) }
    guard let target else {
      throw ToolError(.failure, "cannot open '\(path)': \(ErrorNumber.current)")
    }
    guard let bytes = File.bytes(of: String(cString: target), atMost: Self.megabytes << 20) else {
      throw ToolError(
        .failure,
        "cannot read '\(path)', which must be a regular file of at most \(Self.megabytes) megabytes"
      )
    }
    self.bytes = bytes
    self.path = path
    name = path.split(separator: "/").last.map(String.init) ?? path
  }

  /// Goes through the stacks, whose frames have semicolons between them.
  ///
  /// - Throws: ``ToolError`` where a line is none, and the errors of `body`.
  func forEach(_ body: (_ stack: ArraySlice<UInt8>, _ value: UInt64) throws -> Void) throws {
    var number = 0
    var sum: UInt64 = 0
    var rest = bytes[...]
    while !rest.isEmpty {
      number += 1
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[line.endIndex...].dropFirst()
      guard !line.isEmpty else { continue }
      guard let space = line.lastIndex(of: UInt8(ascii: " ")), space > line.startIndex,
        let value = Self.number(line[(space + 1)...])
      else { throw failure(number, "is no folded stack with a number at its end") }
      let stack = line[..<space]
      guard stack.count(where: { $0 == UInt8(ascii: ";") }) < Self.greatestDepth else {
        throw failure(number, "has more than \(Self.greatestDepth) frames")
      }
      guard value <= Self.greatestSum - sum else {
        throw failure(number, "leads to a sum that is too large")
      }
      sum += value
      try body(stack, value)
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
      return nil
    }
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  private func failure(_ line: Int, _ what: String) -> ToolError {
    ToolError(.failure, "line \(line) of '\(path)' \(what)")
  }
}
