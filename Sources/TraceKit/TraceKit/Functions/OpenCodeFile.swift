/// A file whose functions are to be probed, with its symbols.
struct OpenCodeFile: Sendable {
  /// As the process sees it.
  let name: String
  let symbols: ELFFunctions
  /// The probes that it declares, where some are looked for.
  let notes: [USDTProbe]
  let probed: ProbedFile

  /// How long the files of all processes are opened and read, any of which may be on a
  /// mount that does not answer, or made to be slow.
  private static let seconds = 20.0

  /// Opens those that are programs or libraries.
  ///
  /// - Parameters:
  ///   - wanted: opens only those that have a function of these names; nil: all.
  ///   - notes: or a USDT probe of these, by provider and name.
  ///   - thread: opens and reads.
  static func open(
    _ files: [CodeFile], named wanted: Set<String>? = nil, notes: Set<String> = [],
    on thread: BoundedThread = .make()
  ) -> [OpenCodeFile] {
    let end = EventClock.now + UInt64(seconds * 1e9)
    return files.compactMap { file in
      let now = EventClock.now
      guard now < end else { return nil }
      return thread.run(atMost: Double(end - now) / 1e9 / 2) {
        OpenCodeFile(file, wanted, notes)
      } ?? nil
    }
  }

  private init?(_ file: CodeFile, _ wanted: Set<String>?, _ notes: Set<String>) {
    guard let descriptor = file.open(), let probed = ProbedFile(descriptor.number),
      let symbols = ELFFunctions(descriptor, named: wanted)
    else { return nil }
    let declared = notes.isEmpty ? [] : USDTProbe.all(in: descriptor) ?? []
    self.notes = declared.filter { notes.contains($0.fullName) }
    if wanted != nil, symbols.functions.isEmpty, self.notes.isEmpty { return nil }
    name = file.name
    self.symbols = symbols
    self.probed = probed
  }
}
