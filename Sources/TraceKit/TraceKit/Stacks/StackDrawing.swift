/// What is made of the stacks of a whole run.
protocol StackDrawing: AnyObject {
  /// Adds samples to what is there.
  func add(_ samples: [StackSample])
  func write(to out: OutputBuffer)
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
