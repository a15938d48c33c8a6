/// What a tool found on the machine for the words of its command line, such as the functions that
/// match a pattern. A replay shows events by what was found when they were recorded.
public protocol RecordedFinding: Sendable {
  /// What was asked for.
  var words: [String] { get }
  /// As the recording has it.
  var recorded: [UInt8] { get }

  /// - Returns: nil where it is damaged.
  init?(recorded: [UInt8])
}

extension LookedUp where Value: RecordedFinding {
  /// What `find` found for these words the first time; in a replay, what was found for the
  /// recording, of which the words can be left out.
  ///
  /// - Throws: ``ToolError`` where the recording was made for other words.
  public func value(of words: [String], _ find: () throws -> Value) throws -> Value {
    try value { Replay.isUsed ? try Replay.opened().finding(of: words) : try find() }
  }
}

extension Replay {
  fileprivate func finding<Finding: RecordedFinding>(of words: [String]) throws -> Finding {
    guard let bytes = facts[bytes: "found"], let found = Finding(recorded: bytes) else {
      throw ToolError(.failure, "--replay: '\(reader.path)' does not say what was traced")
    }
    guard words.isEmpty || words == found.words else {
      let recorded = found.words.map { "'\(printable($0))'" }.joined(separator: " ")
      throw ToolError(.usage, "--replay: '\(reader.path)' is a recording of \(recorded)")
    }
    return found
  }
}

extension EntryWriter {
  mutating func string(_ string: String) { text(Array(string.utf8)) }

  mutating func strings(_ strings: [String]) {
    number(UInt32(strings.count))
    for string in strings { self.string(string) }
  }
}

extension EntryReader {
  mutating func strings() -> [String]? { list { $0.string() } }

  /// As many elements as a number before them says; nil where one is missing.
  mutating func list<Element>(_ element: (inout EntryReader) -> Element?) -> [Element]? {
    guard let count = number(UInt32.self) else { return nil }
    var list: [Element] = []
    for _ in 0..<count {
      guard let next = element(&self) else { return nil }
      list.append(next)
    }
    return list
  }

  mutating func flag() -> Bool? { number(UInt8.self).map { $0 != 0 } }
}
