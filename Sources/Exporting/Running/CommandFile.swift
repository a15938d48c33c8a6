import TraceKit

/// A list of tools: a command line in each line, where words are quoted as in a shell and
/// nothing is expanded.
public enum CommandFile {
  /// Why a file is no such list.
  public struct Malformed: Error, Equatable, CustomStringConvertible {
    public let line: Int
    public let reason: String
    public var description: String { "line \(line): \(reason)" }
  }

  static let lineLimit = 256

  /// - Returns: the words of each command, at least one.
  public static func commands(in text: String) throws(Malformed) -> [[String]] {
    var commands: [[String]] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let words: [String]
      do throws(Unended) {
        words = try Self.words(of: line)
      } catch {
        throw Malformed(line: index + 1, reason: error.description)
      }
      guard !words.isEmpty else { continue }
      guard commands.count < lineLimit else {
        throw Malformed(line: index + 1, reason: "there are more than \(lineLimit) commands")
      }
      commands.append(words)
    }
    return commands
  }

  /// What a line lacks.
  struct Unended: Error {
    let description: String
  }

  static func words(of line: Substring) throws(Unended) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = line[...]
    while let character = rest.popFirst() {
      switch (character, quote) {
      case ("'", nil), ("\"", nil):
        quote = character
        word = word ?? ""
      case (let end, let quoted?) where end == quoted: quote = nil
      case ("\\", nil), ("\\", "\""):
        guard let next = rest.popFirst() else {
          throw Unended(description: "nothing follows the backslash")
        }
        // In double quotes a backslash stays before what needs none.
        let staysBefore = quote != nil && next != "\"" && next != "\\"
        word = (word ?? "") + (staysBefore ? "\\" : "") + String(next)
      case (" ", nil), ("\t", nil), ("\r", nil):
        if let ended = word { words.append(ended) }
        word = nil
      case ("#", nil) where word == nil: rest = rest[rest.endIndex...]
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { throw Unended(description: "a quotation mark is missing") }
    if let ended = word { words.append(ended) }
    return words
  }
}
