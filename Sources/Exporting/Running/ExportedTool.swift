import TraceKit

/// A tool with its arguments, as it is run for metrics.
public struct ExportedTool: Sendable {
  /// The words that name it.
  public let words: [String]
  public let description: ToolDescription
  /// Its path and all its arguments.
  public let command: [String]

  /// So many are asked at the same time.
  private static let batch = 16

  /// Finds tools beside this program, and asks them what their rows are.
  ///
  /// - Parameters:
  ///   - commands: the words of each.
  ///   - interval: seconds between summaries, where the words have none.
  /// - Throws: ``ToolError`` where there is no such tool, or it has no metrics.
  public static func all(_ commands: [[String]], interval: Double) throws -> [ExportedTool] {
    var tools: [ExportedTool] = []
    while tools.count < commands.count {
      let questions = try commands.dropFirst(tools.count).prefix(batch).map {
        try Question($0, interval: interval)
      }
      for question in questions { tools.append(try ExportedTool(question)) }
    }
    return tools
  }

  private init(_ question: Question) throws {
    words = question.words
    let name = question.name
    let plain = Result { try question.plain.description(of: name) }
    let regular = Result { try question.regular.description(of: name) }
    let first = try plain.get()
    // What a tool does for some seconds by itself is not what the user asked for. Not all
    // have the option, and some have the interval as an argument.
    if first.rows != .events, first.interval == nil || first.ends,
      let second = try? regular.get(), second.interval != nil
    {
      (description, command) = (second, question.regular.command)
    } else {
      (description, command) = (first, question.plain.command)
    }
    guard description.rows == .events || description.interval != nil else {
      throw ToolError(.usage, "\(name) reports only at its end with these options")
    }
  }

  /// What is asked of a tool: what its rows are with its arguments, and with an interval.
  private struct Question {
    let words: [String]
    let name: String
    let plain: Description
    let regular: Description

    init(_ words: [String], interval: Double) throws {
      self.words = words
      guard let name = words.first, !name.contains("/"), !words.contains("--") else {
        throw ToolError(
          .usage, "'\(words.joined(separator: " "))' is not the name of a tool with its options")
      }
      guard let path = OwnProcess.neighbour(name) else {
        throw ToolError(
          .unavailable, "there is no tool '\(name)' in the directory of tracing-exporter")
      }
      self.name = name
      let json = [path, "--json", "--accounts"]
      let isWhole = interval == interval.rounded()
      let every = ["--interval", isWhole ? "\(Int(interval))" : "\(interval)"]
      plain = try Description(json + words.dropFirst())
      regular = try Description(json + every + words.dropFirst())
    }
  }

  /// A tool that describes the rows of a command.
  private struct Description {
    let command: [String]
    private let process: StartedProcess

    init(_ command: [String]) throws {
      self.command = command
      do throws(ErrorNumber) {
        process = try StartedProcess([command[0], "--describe"] + command.dropFirst())
      } catch {
        throw ToolError(.failure, "cannot run \(command[0]): \(error)")
      }
    }

    func description(of name: String) throws -> ToolDescription {
      let ended = process.ended()
      guard ended.status == 0 else {
        let words = String(decoding: ended.errors.prefix(4096), as: UTF8.self)
        let line = words.split(separator: "\n").last.map(String.init) ?? "it cannot be asked"
        throw ToolError(ExitStatus(rawValue: ended.status) ?? .failure, line)
      }
      guard let description = ToolDescription(ended.output) else {
        throw ToolError(.usage, "\(name) has no metrics with these options")
      }
      return description
    }
  }
}
