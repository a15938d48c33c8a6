/// What a shell that completes a command line asks of a tool: the tool starts as if to
/// trace, and answers in place of its first step.
enum Inquiry {
  enum Subject {
    case columns
    case hooks
    case description
  }

  /// The names that were asked for.
  struct Answer: Error {
    let names: [String]
  }

  nonisolated(unsafe) private static var tool: (any Tool.Type)?
  nonisolated(unsafe) private static var subject: Subject?
  /// What the run is that is described.
  nonisolated(unsafe) private static var run = RunDescription(.events)

  /// Says which tool this process is.
  static func isOf(_ tool: any Tool.Type) {
    self.tool = tool
  }

  /// Whether this process answers a question and must do nothing else.
  static var isAsked: Bool { subject != nil }

  /// Answers where this was asked.
  static func answer(_ asked: Subject, _ names: @autoclosure () -> [String]) throws {
    if subject == asked { throw Answer(names: names()) }
  }

  /// Says what the rows of the run are, before its columns are chosen.
  static func expect(_ description: @autoclosure () -> RunDescription) {
    if subject == .description { run = description() }
  }

  /// Answers where the run is to be described.
  static func describe<Row: ~Copyable & ~Escapable>(
    _ columns: @autoclosure () -> [Column<Row>], areListed: Bool
  ) throws {
    try answer(
      .description,
      run.lines(
        tool: (tool?.name ?? "", tool?.configuration.abstract ?? ""), columns: columns(),
        areListed: areListed))
  }

  /// Describes the run of a tool, which begins it and gets no further than its columns.
  ///
  /// - Returns: lines of JSON.
  /// - Throws: what is wrong with its options.
  static func description(_ begin: () throws -> Void) throws -> [String] {
    subject = .description
    do { try begin() } catch let answer as Answer { return answer.names }
    return []
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
