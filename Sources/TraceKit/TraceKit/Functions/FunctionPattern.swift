/// Functions as a user names them: by name, wildcard or regular expression.
struct FunctionPattern {
  let text: String
  private let expression: Regex<AnyRegexOutput>?

  /// - Throws: ``ToolError`` for a text that is no regular expression.
  init(_ text: String, isExpression: Bool) throws {
    self.text = text
    guard isExpression else {
      expression = nil
      return
    }
    do {
      expression = try Regex(text)
    } catch {
      throw ToolError(.usage, "'\(text)' is not a regular expression")
    }
  }

  /// Whether it can mean several functions.
  var isWide: Bool { expression != nil || text.contains("*") || text.contains("?") }

  func matches(_ name: String) -> Bool {
    if let expression { return name.wholeMatch(of: expression) != nil }
    return isWide ? Self.matches(Array(name.utf8)[...], Array(text.utf8)[...]) : name == text
  }

  /// The usual way: behind the last star that matched too little, one byte more.
  private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    var (name, pattern) = (name, pattern)
    var retry: (name: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
    while let byte = name.first {
      if pattern.first == UInt8(ascii: "*") {
        pattern = pattern.dropFirst()
        retry = (name, pattern)
      } else if pattern.first == byte || pattern.first == UInt8(ascii: "?") {
        (name, pattern) = (name.dropFirst(), pattern.dropFirst())
      } else if let last = retry {
        retry = (last.name.dropFirst(), last.pattern)
        (name, pattern) = (last.name.dropFirst(), last.pattern)
      } else {
        return false
      }
    }
    return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
