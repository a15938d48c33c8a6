/// The fields of a tracepoint's record, as its format file in tracefs describes them.
struct TracepointFormat: Sendable {
  struct Field: Sendable {
    let offset: Int
    let type: ValueType
  }

  let fields: [String: Field]

  init(fields: [String: Field]) {
    self.fields = fields
  }

  /// - Parameter text: a format file.
  init(_ text: String) {
    var fields: [String: Field] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ";").map { part in
        part.drop { $0 == " " || $0 == "\t" }
      }
      guard let declaration = parts.first, declaration.hasPrefix("field:"),
        let offset = Self.number("offset:", in: parts), let size = Self.number("size:", in: parts)
      else { continue }
      let isSigned = Self.number("signed:", in: parts) == 1
      guard
        let (name, type) = Self.field(
          declaration.dropFirst("field:".count), size: size, isSigned: isSigned),
        // The programs see something else in place of what all records begin with.
        offset >= 8
      else { continue }
      fields[name] = Field(offset: offset, type: type)
    }
    self.fields = fields
  }

  private static func number(_ key: String, in parts: [Substring]) -> Int? {
    parts.first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) }
  }

  private static func field(
    _ declaration: Substring, size: Int, isSigned: Bool
  ) -> (name: String, type: ValueType)? {
    var words = declaration.split(separator: " ")
    guard var name = words.popLast() else { return nil }
    if words.first == "__data_loc" || words.first == "__rel_loc" {
      return (String(name), .recordText(isRelative: words.first == "__rel_loc"))
    }
    var isArray = false
    if let bracket = name.firstIndex(of: "[") {
      let count = Int(name[name.index(after: bracket)...].dropLast())
      name = name[..<bracket]
      isArray = true
      let isText = words.last == "char" || words.last == "__u8" || words.last == "u8"
      let element = isText ? 1 : count.map { $0 > 0 ? size / $0 : 1 } ?? 1
      guard [1, 2, 4, 8].contains(element) else { return (String(name), .unknown("array")) }
      return (String(name), .array(of: .integer(size: element, isSigned: isSigned)))
    }
    if words.contains("*") || name.hasPrefix("*") || words.contains(where: { $0.hasSuffix("*") }) {
      name = name.drop { $0 == "*" }
      return (String(name), .pointer(to: target(of: words)))
    }
    guard !isArray, [1, 2, 4, 8].contains(size) else { return (String(name), .unknown("field")) }
    return (String(name), .integer(size: size, isSigned: isSigned))
  }

  /// What a pointer points to.
  private static func target(of words: [Substring]) -> ValueType {
    if let place = words.firstIndex(where: { $0 == "struct" || $0 == "union" }),
      place + 1 < words.count
    {
      return .unknown(String(words[place + 1]))
    }
    return words.contains("char") ? .character : .unknown("void")
  }
}
