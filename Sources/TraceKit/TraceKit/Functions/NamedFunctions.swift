import Glibc

/// Functions that a user named, and the hook plans that time them.
public struct NamedFunctions: Sendable {
  /// Their names, in the order of the numbers that the programs are told.
  public let names: [String]
  /// Whether they are the kernel's own.
  public let isKernel: Bool
  /// Where the functions of a file begin, by their numbers.
  private let places: [Probe.Place]

  /// So many functions at the most: each takes two descriptors, and as many as have to
  /// be attached before anything is seen.
  public static let most = 500

  /// - Parameters:
  ///   - text: FUNCTION, FILE:FUNCTION or :FUNCTION, as users write it.
  ///   - isExpression: whether FUNCTION is a regular expression, not a wildcard.
  ///   - process: whose files are meant, where one is given.
  ///   - only: probe that process alone.
  /// - Throws: ``ToolError`` where there is no such function or there are too many.
  public init(
    _ text: String, isExpression: Bool, of process: UInt32?, only: UInt32?
  ) throws {
    guard let colon = text.firstIndex(of: ":") else {
      let pattern = try FunctionPattern(text, isExpression: isExpression)
      isKernel = true
      names = try Self.kernelFunctions(pattern)
      places = []
      return
    }
    let file = try LibrarySearch.find(String(text[..<colon]), of: process)
    let pattern = try FunctionPattern(
      String(text[text.index(after: colon)...]), isExpression: isExpression)
    guard let opened = OpenCodeFile.open([file]).first else {
      throw ToolError(.usage, "'\(file.name)' is not a program or library for this machine")
    }
    let symbols = opened.symbols
    guard !symbols.isGo else {
      throw ToolError(
        .usage,
        "'\(file.name)' is written in Go: a probe at the return of its functions would crash it")
    }
    var offsets: Set<UInt64> = []
    // Of several names of one function that for users, which begins without "_".
    let named = symbols.functions.filter { pattern.matches($0.name) }
    let found = (named.filter { !$0.name.hasPrefix("_") } + named).filter {
      offsets.insert($0.offset).inserted
    }
    if found.isEmpty, symbols.indirect.contains(pattern.text) {
      throw ToolError(
        .usage,
        "'\(pattern.text)' of '\(file.name)' has several implementations, one of which is "
          + "chosen when it is loaded; name the chosen one")
    }
    try Self.check(found.count, pattern, in: "'\(file.name)'")
    isKernel = false
    names = found.map(\.name)
    places = found.map { .file(opened.probed, offset: $0.offset, process: only) }
  }

  private static func check(_ count: Int, _ pattern: FunctionPattern, in place: String) throws {
    guard count > 0 else {
      throw ToolError(.usage, "there is no function '\(pattern.text)' in \(place)")
    }
    guard count <= most else {
      throw ToolError(
        .usage,
        "'\(pattern.text)' matches \(count) functions of \(place), and at most \(most) "
          + "can be traced at once")
    }
  }

  /// Those that can be probed, where the kernel says which; else all that it names.
  private static func kernelFunctions(_ pattern: FunctionPattern) throws -> [String] {
    let lists = [
      KernelFeatures.tracefs.map { $0 + "/available_filter_functions" }, "/proc/kallsyms",
    ]
    var isListed = false
    for path in lists.compactMap({ $0 }) {
      guard let text = File.contents(of: path), !text.isEmpty else { continue }
      isListed = true
      let isSymbols = path == "/proc/kallsyms"
      var found: Set<String> = []
      for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3)
        let word = isSymbols ? (words.count > 2 ? words[2] : nil) : words.first
        guard let word,
          !isSymbols || words[1].elementsEqual("t".utf8) || words[1].elementsEqual("T".utf8)
        else { continue }
        // In a module its name follows, behind a tab.
        let name = String(decoding: word.prefix { $0 != UInt8(ascii: "\t") }, as: UTF8.self)
        if pattern.matches(name) { found.insert(name) }
      }
      if !found.isEmpty {
        try check(found.count, pattern, in: "the kernel")
        return found.sorted()
      }
    }
    if isListed || pattern.isWide { try check(0, pattern, in: "the kernel") }
    return [pattern.text]
  }

  /// Whether the programs can be told which function they run for.
  public var canTellApart: Bool { names.count == 1 || KernelFeatures.hasCookies }

  /// The plans, in the order of preference. What is attached by types takes one
  /// function.
  ///
  /// - Parameters:
  ///   - begin: the program for the entry of a function, by probe.
  ///   - end: the program for its return, by probe.
  ///   - typedBegin: the program for its entry, by types.
  ///   - typedEnd: the program for its return, by types.
  public func plans(
    begin: String, end: String, typedBegin: String, typedEnd: String
  ) -> [HookPlan] {
    func probes(_ place: (Int) -> Probe.Place) -> [Probe] {
      names.indices.flatMap { index in
        [(begin, false), (end, true)].map { program, atReturn in
          Probe(
            program, place(index), label: names[index], atReturn: atReturn,
            cookie: KernelFeatures.hasCookies && names.count > 1 ? UInt64(index) : 0)
        }
      }
    }
    // Each probe takes some.
    DescriptorLimit.raise()
    guard isKernel else {
      return [HookPlan(.uprobe, probes: probes { places[$0] }, readsTypes: false)]
    }
    let byKprobe = HookPlan(
      .kprobe, probes: probes { .kernel(function: names[$0]) }, readsTypes: false)
    guard names.count == 1, let name = names.first else { return [byKprobe] }
    let typed = [typedBegin, typedEnd].map {
      Probe($0, .typed(function: name), label: name)
    }
    return [HookPlan(.fentry, probes: typed), byKprobe]
  }
}
