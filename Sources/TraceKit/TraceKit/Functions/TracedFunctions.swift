/// The functions that a command line names, where the machine has them.
public struct TracedFunctions: RecordedFinding {
  public let words: [String]
  /// Empty in a replay.
  public let places: [ProbeSet]
  /// By the numbers that the programs know them by.
  public let names: [String]

  /// - Parameters:
  ///   - words: functions as a user wrote them.
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  /// - Throws: ``ToolError`` for the first that is wrong or is not there.
  public init(_ words: [String], in process: UInt32?, only: UInt32?) throws {
    self.words = words
    places = try ProbeSet.calls(of: words, in: process, only: only)
    names = places.flatMap(\.names)
  }

  public init?(recorded: [UInt8]) {
    var reader = EntryReader(recorded)
    guard let words = reader.strings(), let names = reader.strings(), reader.isAtEnd else {
      return nil
    }
    (self.words, places, self.names) = (words, [], names)
  }

  public var recorded: [UInt8] {
    var entry = EntryWriter()
    entry.strings(words)
    entry.strings(names)
    return entry.bytes
  }
}
