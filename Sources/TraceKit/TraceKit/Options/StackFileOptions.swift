/// The options for files that are made of the stacks of a whole run.
public final class StackFileOptions: ParsableArguments {
  @Option(
    help: "Write a flame graph to this SVG file, and nothing else unless -f or a format is given.",
    completion: .file(extensions: ["svg"]))
  var flamegraph: String?

  @Option(
    help: "Write a profile for pprof to this file.",
    completion: .file(extensions: ["gz", "pb"]))
  var pprof: String?

  @Option(
    help: "Write a profile for speedscope to this file.",
    completion: .file(extensions: ["json"]))
  var speedscope: String?

  public init() {}

  /// Whether there is one.
  public var isGiven: Bool { flamegraph != nil || pprof != nil || speedscope != nil }

  /// Opens the files.
  ///
  /// - Parameters:
  ///   - title: what they say over themselves.
  ///   - unit: of the values: "us" for a time, else what is counted, in the plural.
  ///   - clock: that of the run.
  func open(title: String, unit: String, _ style: StackStyle, _ clock: EventClock) throws
    -> StackFiles
  {
    var drawings: [(any StackDrawing, String)] = []
    if let flamegraph {
      drawings.append((FlameGraph(title: title, unit: unit, style), flamegraph))
    }
    if let pprof { drawings.append((PprofProfile(title: title, unit: unit, style, clock), pprof)) }
    if let speedscope {
      drawings.append((SpeedscopeProfile(title: title, unit: unit, style), speedscope))
    }
    return try StackFiles(drawings)
  }
}
