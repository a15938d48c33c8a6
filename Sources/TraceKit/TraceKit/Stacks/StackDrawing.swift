/// What is made of the stacks of a whole run.
protocol StackDrawing: AnyObject {
  /// Adds samples to what is there.
  func add(_ samples: [StackSample])
  func write(to out: OutputBuffer)
}

/// What there is room for in a file of whole stacks.
struct StackRoom {
  /// Frames of all stacks.
  private static let frames = 1 << 24
  private var used = 0

  /// The steps of a sample; the command alone where there is no room for more.
  func steps(_ sample: StackSample, _ style: StackStyle) -> [StackStep] {
    let steps = style.steps(sample)
    return steps.count <= Self.frames - used
      ? steps : [steps[0], StackStep(name: "[no room]")]
  }

  mutating func use(_ frames: Int) { used = min(used + frames, Self.frames) }
}

/// The files that a run makes of its stacks.
final class StackFiles {
  private let files: [(drawing: any StackDrawing, file: DrawingFile)]

  /// - Throws: ``ToolError`` where a file cannot be written.
  init(_ drawings: [(drawing: any StackDrawing, path: String)]) throws {
    files = try drawings.map { ($0.drawing, try DrawingFile($0.path)) }
  }

  func add(_ samples: [StackSample]) {
    for (drawing, _) in files { drawing.add(samples) }
  }

  func write() throws {
    for (drawing, file) in files { try file.write(drawing.write) }
  }
}
