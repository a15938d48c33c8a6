/// The options by which what a run prints is kept in a file, and printed from it.
public final class RecordingOptions: ParsableArguments {
  @Option(
    help: "Record what is printed in this file, with all that printing it otherwise takes.",
    completion: .file())
  var record: String?

  @Option(
    help: "Print what is in this recording instead of tracing.", completion: .file())
  var replay: String?

  public init() {}

  public func validate() throws {
    if record != nil, replay != nil {
      throw ValidationError("--record and --replay cannot be combined.")
    }
  }

  /// The file to record in; nil: the run is not recorded.
  ///
  /// - Throws: ``ToolError`` where nothing is printed that could be.
  func file<Letters>(of run: RunOptions<Letters>) throws -> String? {
    if record != nil, run.check {
      throw ToolError(.usage, "--record and --check cannot be combined")
    }
    return record
  }
}
