import Glibc

/// The executable that makes metrics of what a tool writes.
struct Exporter {
  /// Nil: this tool has none.
  private let name: String?
  private static let options = ["--listen", "--otlp"]

  init(_ image: ObjectImage) { name = image.exporter }

  /// Becomes the exporter, which runs this tool with its other arguments.
  ///
  /// - Throws: ``ToolError`` where it is not beside this tool, or something cannot be exported.
  func replaceThisProcess(tool: String, command: [String]?) throws -> Never {
    let arguments = CommandLine.arguments
    if command != nil {
      throw ToolError(
        .usage,
        "--listen and --otlp cannot be combined with a command, whose output would be among the "
          + "tool's")
    }
    guard let name else {
      throw ToolError(.unavailable, "--listen and --otlp: \(tool) comes without an exporter")
    }
    guard let exporter = OwnProcess.neighbour(name),
      let called = arguments.first?.split(separator: "/").last
    else {
      throw ToolError(
        .unavailable, "--listen and --otlp need \(name), which is not in the directory of \(tool)")
    }
    let (own, others) = Self.split(arguments.dropFirst())
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
