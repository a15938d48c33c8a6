/// A flame graph as SVG.
final class FlameGraph {
  init(title: String, unit: String, _ style: StackStyle) {}
  func add(_ samples: [StackSample]) {}
  func write(to out: OutputBuffer) {}
}
