import Wire

/// What only a run can do of a tool's options: most of that is what its programs act on. A replay
/// can have what the recording was made with, or nothing of it.
struct KernelPart: Equatable {
  /// The words of the configuration after the common part.
  let words: [UInt64]
  /// The programs of each plan. Of a tool whose hooks come from what it found there are none.
  let plans: [String]
  /// What else was chosen by options.
  let choices: [String]

  init(_ configuration: [UInt8], plans: [String], choices: [String] = []) {
    words = stride(from: 0, to: configuration.count, by: 8).map { start in
      configuration[start..<min(start + 8, configuration.count)].reversed()
        .reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.plans = plans
    self.choices = choices
  }

  /// From a recording; nil where it has none.
  init?(_ facts: RecordingFacts) {
    guard let configuration = facts[bytes: "configuration"], let plans = facts["plans"] else {
      return nil
    }
    func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
    self.init(configuration, plans: lines(plans), choices: lines(facts["choices"] ?? ""))
  }

  func write(to facts: inout RecordingFacts) {
    facts[bytes: "configuration"] = words.flatMap { Lookup.encode($0) }
    facts["plans"] = plans.joined(separator: "\n")
    facts["choices"] = choices.joined(separator: "\n")
  }

  /// Whether each part is one of a default or of what was recorded.
  func isAmong(_ all: [KernelPart]) -> Bool {
    all.contains { $0.plans == plans }
      && choices.allSatisfy { choice in
        all.contains { $0.choices.contains(choice) }
      }
      && words.indices.allSatisfy { index in
        all.contains { index < $0.words.count && $0.words[index] == words[index] }
      }
  }
}

extension ConfigurationLayout where Self: BitwiseCopyable {
  /// The bytes after the part that all tools have.
  var ownBytes: [UInt8] {
    withUnsafeBytes(of: self) { Array($0.dropFirst(MemoryLayout<trace_config>.size)) }
  }
}

extension StreamTool {
  /// - Throws: where the options cannot be used on this machine.
  func kernelPart() throws -> KernelPart {
    KernelPart(
      try wireConfiguration().ownBytes, plans: try finding == nil ? plans.map(\.signature) : [],
      choices: recordedChoices)
  }

  /// Compares the options of a replay with those of the recording.
  ///
  /// - Throws: ``ToolError`` which names an option that the programs would have had to know.
  func checkKernelPart(_ facts: RecordingFacts) throws {
    let own = try kernelPart()
    let plain = try? Self.parse([]).kernelPart()
    guard !own.isAmong([KernelPart(facts), plain].compactMap(\.self)) else { return }
    let option = Self.option(in: Invocation.current.commandLine(Replay.arguments)) {
      guard let part = try? $0.kernelPart() else { return nil }
      return part
    }
    throw ToolError(
      .usage,
      "\(option ?? "an option"): this works only while tracing, and the recording was made without it"
    )
  }

  /// The option without which the programs would do something else.
  private static func option(
    in arguments: [String], _ part: (Self) -> KernelPart?
  ) -> String? {
    guard let whole = (try? parse(arguments)).flatMap(part) else { return nil }
    for start in arguments.indices where arguments[start].hasPrefix("-") {
      // Without it its file would be another argument.
      if arguments[start].hasPrefix("--replay") { continue }
      for count in [1, 2] where start + count <= arguments.count {
        var rest = arguments
        rest.removeSubrange(start..<start + count)
        if let other = (try? parse(rest)).flatMap(part), other != whole { return arguments[start] }
      }
    }
    return arguments.first { !$0.hasPrefix("-") }
  }
}
