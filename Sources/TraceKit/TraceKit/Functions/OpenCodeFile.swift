/// A file whose functions are to be probed, with its symbols.
struct OpenCodeFile: Sendable {
  /// As the process sees it.
  let name: String
  let symbols: ELFFunctions
  let probed: ProbedFile

  /// How long the files of all processes are opened and read, any of which may be on a
  /// mount that does not answer, or made to be slow.
  private static let seconds = 20.0

  /// Opens those that are programs or libraries.
  static func open(_ files: [CodeFile]) -> [OpenCodeFile] {
    let thread = BoundedThread.make()
    let end = EventClock.now + UInt64(seconds * 1e9)
    return files.compactMap { file in
      let now = EventClock.now
      guard now < end else { return nil }
      return thread.run(atMost: Double(end - now) / 1e9 / 2) { OpenCodeFile(file) } ?? nil
    }
  }

  private init?(_ file: CodeFile) {
    guard let descriptor = file.open(), let probed = ProbedFile(descriptor.number),
      let symbols = ELFFunctions(descriptor)
    else { return nil }
    name = file.name
    self.symbols = symbols
    self.probed = probed
  }
}
