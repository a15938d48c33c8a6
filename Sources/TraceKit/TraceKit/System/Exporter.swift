import Glibc

/// The executable that makes metrics of what a tool writes.
enum Exporter {
  static let name = "tracing-exporter"
  private static let options = ["--listen", "--otlp"]

  /// Becomes the exporter, which runs this tool with its other arguments.
  ///
  /// - Throws: ``ToolError`` where it is not beside this tool, or something cannot be exported.
  static func replaceThisProcess(name tool: String, _ command: [String]?) throws -> Never {
    let arguments = CommandLine.arguments
    if command != nil {
      throw ToolError(
        .usage,
        "--listen and --otlp cannot be combined with a command, whose output would be among the "
          + "tool's")
    }
    guard let exporter = OwnProcess.neighbour(Self.name),
      let called = arguments.first?.split(separator: "/").last
    else {
      throw ToolError(
        .unavailable,
        "--listen and --otlp need \(Self.name), which is not in the directory of \(tool)")
    }
    let (own, others) = split(arguments.dropFirst())
    var words = ([exporter] + own + ["--", String(called)] + others).map { strdup($0) }
    words.append(nil)
    execv(exporter, &words)
    throw ToolError(.failure, "cannot run \(exporter): \(ErrorNumber.current)")
  }

  /// Splits arguments into the options for the exporter, with their values, and all others.
  static func split(_ arguments: some Sequence<String>) -> (own: [String], others: [String]) {
    var own: [String] = []
    var others: [String] = []
    var isValue = false
    for argument in arguments {
      let isOption = options.contains(argument)
      if isValue || isOption || options.contains(where: { argument.hasPrefix($0 + "=") }) {
        own.append(argument)
      } else {
        others.append(argument)
      }
      isValue = isOption && !isValue
    }
    return (own, others)
  }
}
