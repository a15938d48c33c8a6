/// What is made of the stacks of a whole run.
protocol StackDrawing: AnyObject {
  /// Of how many events the stacks are cut, because there was no room for the rest.
  var cut: UInt64 { get }
  /// Adds samples to what is there.
  func add(_ samples: [StackSample])
  /// - Parameter pause: is called between its parts. It may write out what is in the buffer.
  func write(to out: OutputBuffer, pause: () throws -> Void) rethrows
}

extension StackDrawing {
  /// What is reported of a file that lacks frames.
  ///
  /// - Parameter option: what asked for the file.
  func caveat(_ option: String) -> String? {
    guard cut > 0 else { return nil }
    return "\(option): there is no room for all frames of \(cut) events, whose stacks end in "
      + StackName.truncated.text
  }
}

/// The files that a run makes of its stacks.
final class StackFiles {
  /// What the steps of a file may take, in bytes: more than programs that show one can bear.
  static let room = 1 << 28

  private let files: [(option: String, drawing: any StackDrawing, file: DrawingFile)]

  /// - Throws: ``ToolError`` where a file cannot be written.
  init(_ drawings: [(option: String, drawing: any StackDrawing, path: String)]) throws {
    files = try drawings.map { ($0.option, $0.drawing, try DrawingFile($0.path)) }
  }

  func add(_ samples: [StackSample]) {
    for (_, drawing, _) in files { drawing.add(samples) }
  }

  /// Writes them, and reports for which there was not enough room.
  func write(tool: String) throws {
    for (option, drawing, file) in files {
      try file.write(inParts: drawing.write)
      if let caveat = drawing.caveat(option) { tell("\(tool): \(caveat)") }
    }
  }
}
