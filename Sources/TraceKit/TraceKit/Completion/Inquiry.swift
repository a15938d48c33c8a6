/// What a shell that completes a command line asks of a tool: the tool starts as if to
/// trace, and answers in place of its first step.
enum Inquiry {
  enum Subject {
    case columns
    case hooks
  }

  /// The names that were asked for.
  struct Answer: Error {
    let names: [String]
  }

  nonisolated(unsafe) private static var tool: (any Tool.Type)?
  nonisolated(unsafe) private static var subject: Subject?

  /// Says which tool this process is.
  static func isOf(_ tool: any Tool.Type) {
    self.tool = tool
  }

  /// Answers where this was asked.
  static func answer(_ asked: Subject, _ names: @autoclosure () -> [String]) throws {
    if subject == asked { throw Answer(names: names()) }
  }

  /// - Parameter words: the options that the answer may depend on; where they are not
  ///   complete, it is that without any.
  /// - Returns: none where the tool cannot say.
  static func ask(_ asked: Subject, of words: [String]) -> [String] {
    guard let tool else { return [] }
    subject = asked
    defer { subject = nil }
    for words in [words, []] {
      do {
        guard let tool = try tool.parse(Invocation.current.commandLine(words)) as? any Tool else {
          return []
        }
        _ = try tool.trace()
      } catch let answer as Answer {
        return answer.names
      } catch {}
    }
    return []
  }
}
