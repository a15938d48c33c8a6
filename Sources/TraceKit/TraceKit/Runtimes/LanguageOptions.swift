/// The process and the language of a tool for runtimes of languages.
public struct LanguageOptions: ParsableArguments {
  @Argument(help: "The process; the same as --pid.", transform: Parse.pid)
  public var process: UInt32?

  @Option(name: .shortAndLong, help: "The language (default: that of the process).")
  public var language: Language?

  public init() {}

  /// Checks the arguments, and makes the process one that the filter lets through.
  ///
  /// - Parameter languages: those that the tool knows.
  public func validate<Letters>(
    among languages: [Language], _ filter: FilterOptions<Letters>, _ run: RunOptions<Letters>
  ) throws {
    if let process {
      guard filter.pid == nil else {
        throw ValidationError("the process \(process) and --pid cannot be combined.")
      }
      filter.pid = [process]
    }
    if let language, !languages.contains(language) {
      let known = languages.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--language: '\(language.rawValue)' is none of \(known).")
    }
    if language == nil, filter.pid == nil, run.commandLine == nil, !run.onlyAnswers {
      throw ValidationError("a process, --language or a command is missing.")
    }
  }

  /// The languages to trace: the one that was named, or that of the process; without both all.
  ///
  /// - Throws: ``ToolError`` where the language of the process is not known.
  public func languages<Letters>(
    among languages: [Language], _ filter: FilterOptions<Letters>, _ run: RunOptions<Letters>
  ) throws -> [Language] {
    if let language { return [language] }
    // Only the hooks are tried.
    guard let processes = filter.pid, run.commandLine == nil else {
      return run.commandLine == nil ? Array(languages.prefix(1)) : languages
    }
    return try processes.reduce(into: []) { found, process in
      guard let files = CodeFile.all(of: "\(process)") else {
        throw ToolError(.usage, "there is no process \(process), or its files may not be read")
      }
      guard let language = Language.find(mapping: files.map(\.basename), among: languages) else {
        let known = languages.map(\.rawValue).joined(separator: ", ")
        throw ToolError(
          .usage, "process \(process) runs none of \(known) as far as is known: use --language")
      }
      if !found.contains(language) { found.append(language) }
    }
  }

  /// The plan to probe the languages that were chosen.
  ///
  /// - Parameters:
  ///   - programs: by what they wait for.
  ///   - languages: those that the tool knows.
  ///   - names: functions that are probed too, if there are any.
  ///   - others: the programs and hooks for these.
  public func plan<Letters>(
    _ programs: [LanguageHooks.Program], among languages: [Language], and names: Set<String> = [],
    _ others: (
      programs: Set<String>, hooks: @Sendable (borrowing FoundFunctions) -> [FoundFunctions.Hook]
    ) = ([], { _ in [] }),
    tool: String, _ filter: FilterOptions<Letters>, _ run: RunOptions<Letters>
  ) throws -> HookPlan {
    let chosen = try self.languages(among: languages, filter, run)
    let hooks = LanguageHooks(chosen, programs: programs)
    return try plan(
      hooks.functions(and: names, programs: others.programs, others.hooks), at: hooks, of: chosen,
      tool: tool, filter, run)
  }

  /// The plan to probe some languages.
  ///
  /// - Throws: ``ToolError`` where the process that is traced has no such probes.
  public func plan<Letters>(
    _ functions: LibraryFunctions, at hooks: LanguageHooks, of languages: [Language],
    tool: String, _ filter: FilterOptions<Letters>, _ run: RunOptions<Letters>
  ) throws -> HookPlan {
    let plan = try HookPlan.libraries(functions, tool: tool, filter: filter, run: run)
    guard let process = filter.onlyProcess(command: run.commandLine),
      let language = languages.first
    else { return plan }
    let wanted = hooks.notes
    let isProbed = plan.probes.contains { probe in
      wanted.isEmpty || wanted.contains { probe.label.hasSuffix(":\($0)") }
    }
    guard isProbed else {
      let missing = wanted.min().map { "probes such as \($0)" } ?? "functions to probe"
      throw ToolError(
        .unavailable,
        "\(language.name) of process \(process) has no \(missing): run \(language.needed)")
    }
    let caveat = languages.lazy.compactMap { $0.caveat(of: process, hooks.activities) }.first
    return caveat.map { plan.withCaveat($0) } ?? plan
  }
}

extension Language {
  /// That of a process which has mapped these files, its program first; nil where none is known.
  static func find(mapping files: [Substring], among languages: [Language]) -> Language? {
    for file in files {
      // Without a version: python3.11, libpython3.11.so.1.0, libruby-3.1.so.3.1.
      let isVersion = { (character: Character) in character.isNumber || character == "." }
      let letters = file.prefix { !isVersion($0) }
      let stem = letters.hasSuffix("-") ? letters.dropLast() : letters
      let isLibrary = file.contains(".so")
      let found = languages.first {
        ($0.files.programs + (isLibrary ? $0.files.libraries : [])).contains(String(stem))
      }
      if let found { return found }
    }
    return languages.contains(.c) && !files.isEmpty ? .c : nil
  }

  /// Switches of runtimes without which they do not pass by some probes.
  private var switches: (names: [String], activities: Set<LanguageActivity>, advice: String)? {
    switch self {
    case .java:
      (
        ["DTraceMethodProbes", "DTraceAllocProbes", "ExtendedDTraceProbes"],
        [.methodBegin, .methodEnd, .object],
        "Java passes by these probes only with -XX:+DTraceMethodProbes and "
          + "-XX:+DTraceAllocProbes"
      )
    case .php:
      (
        ["USE_ZEND_DTRACE=1"], Set(LanguageActivity.allCases),
        "PHP passes by its probes only with USE_ZEND_DTRACE=1 in its environment"
      )
    case .node, .perl, .python, .ruby, .tcl, .c: nil
    }
  }

  /// What will not be seen of a process, as far as it tells.
  func caveat(of process: UInt32, _ activities: Set<LanguageActivity>) -> String? {
    if self == .python, activities.contains(.methodBegin),
      CodeFile.all(of: "\(process)")?.contains(where: { $0.basename.contains("python3.11") })
        == true
    {
      return "CPython 3.11 does not pass by the probes of calls, only by those of returns"
    }
    guard let switches, !switches.activities.isDisjoint(with: activities) else { return nil }
    // Its arguments may be on a file system of its own, which makes others wait.
    let texts = BoundedThread.make().run(atMost: 1) {
      ["cmdline", "environ"].compactMap {
        File.beginning(of: "/proc/\(process)/\($0)", atMost: 1 << 17)
      }
    }
    let isSet = texts?.contains { text in
      let words = String(decoding: text, as: UTF8.self)
      return switches.names.contains { words.contains($0) }
    }
    return isSet == true ? nil : switches.advice
  }
}
