/// The options of an executable that reports and does not trace.
public final class ReportOptions: ParsableArguments {
  @Option(help: "Write the report as a table, json (one object per line) or csv.")
  var format: OutputFormat?

  @Flag(help: "Short for --format json.")
  var json = false

  @Flag(help: "Print a short usage message.")
  public var usage = false

  @Flag(name: [.customShort("V"), .long], help: "Print the version.")
  public var version = false

  public init() {}

  public func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) cannot be combined.")
    }
  }

  /// Answers a question about the executable itself.
  ///
  /// - Returns: whether there was one, after which nothing else is to be done.
  public func answer(for executable: any ParsableCommand.Type) -> Bool {
    if version {
      executable.printVersion()
    } else if usage {
      print(executable.usageString())
    }
    return version || usage
  }

  public var outputFormat: OutputFormat { json ? .json : format ?? .table }
}
