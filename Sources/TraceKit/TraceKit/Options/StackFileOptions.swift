/// The options for files that are made of the stacks of a whole run.
public final class StackFileOptions: ParsableArguments {
  @Option(
    help: "Write a flame graph to this SVG file, and nothing else unless -f or a format is given.",
    completion: .file(extensions: ["svg"]))
  var flamegraph: String?

  @Option(
    help: "Colour the flame graph by what changed since these folded stacks.",
    completion: .file())
  var baseline: String?

  @Option(
    name: .customLong("with"),
    help: "Draw these folded stacks in the flame graph too, in a colour of their own.",
    completion: .file())
  var addition: String?

  @Option(
    help: "Write a profile for pprof to this file.",
    completion: .file(extensions: ["gz", "pb"]))
  var pprof: String?

  @Option(
    help: "Write a profile for speedscope to this file.",
    completion: .file(extensions: ["json"]))
  var speedscope: String?

  public init() {}

  public func validate() throws {
    if baseline != nil, addition != nil {
      throw ValidationError("--baseline and --with cannot be combined.")
    }
    if baseline != nil || addition != nil, flamegraph == nil {
      throw ValidationError("--baseline and --with need --flamegraph.")
    }
  }

  /// Whether there is one.
  public var isGiven: Bool { flamegraph != nil || pprof != nil || speedscope != nil }

  /// Opens the files.
  ///
  /// - Parameters:
  ///   - title: what they say over themselves.
  ///   - unit: of the values: "us" for a time, else what is counted, in the plural.
  ///   - isOnCPU: the stacks are of what runs on a CPU.
  ///   - clock: that of the run.
  func open(
    title: String, unit: String, isOnCPU: Bool = false, _ style: StackStyle, _ clock: EventClock
  ) throws -> StackFiles {
    var drawings: [(String, any StackDrawing, String)] = []
    if let flamegraph {
      let graph = FlameGraph(title: title, unit: unit, style)
      if let baseline { try graph.compare(with: FoldedStacks(baseline), as: .baseline) }
      if let addition {
        try graph.compare(with: FoldedStacks(addition), as: .addition(ranOnCPU: !isOnCPU))
      }
      drawings.append(("--flamegraph", graph, flamegraph))
    }
    if let pprof {
      drawings.append(
        ("--pprof", PprofProfile(title: title, unit: unit, style, clock), pprof))
    }
    if let speedscope {
      drawings.append(
        ("--speedscope", SpeedscopeProfile(title: title, unit: unit, style), speedscope))
    }
    return try StackFiles(drawings)
  }
}
