/// The option of a tool that can draw its values over time.
public final class HeatmapOptions: ParsableArguments {
  @Option(
    help: "Draw the latency over time as a heat map into this SVG file.",
    completion: .file(extensions: ["svg"]))
  public var heatmap: String?

  public init() {}
}
