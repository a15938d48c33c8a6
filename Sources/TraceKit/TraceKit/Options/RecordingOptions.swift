/// The options by which the events of a run are kept in a file, and printed from it.
public final class RecordingOptions: ParsableArguments {
  @Option(
    help: "Record the events in this file, with all that printing them takes.",
    completion: .file())
  var record: String?

  @Option(
    help: "Print the events of this recording instead of tracing.", completion: .file())
  var replay: String?

  public init() {}

  public func validate() throws {
    if record != nil, replay != nil {
      throw ValidationError("--record and --replay cannot be combined.")
    }
  }
}
