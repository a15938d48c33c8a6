/// Looks up functions by the names that users write.
enum FunctionSearch {
  /// Those of a file. Of several names of one function that for users, which begins without
  /// "_".
  ///
  /// - Parameters:
  ///   - atReturn: whether probes at their returns are meant too.
  ///   - most: so many at the most.
  /// - Throws: ``ToolError`` where there is no such function or there are too many.
  static func functions(
    _ pattern: FunctionPattern, of file: CodeFile, atReturn: Bool, atMost most: Int
  ) throws -> (file: OpenCodeFile, found: [ELFFunctions.Function]) {
    guard let opened = OpenCodeFile.open([file]).first else {
      throw ToolError(.usage, "'\(file.name)' is not a program or library for this machine")
    }
    let symbols = opened.symbols
    guard !atReturn || !symbols.isGo else {
      throw ToolError(
        .usage,
        "'\(file.name)' is written in Go: a probe at the return of its functions would crash it")
    }
    var offsets: Set<UInt64> = []
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
    try check(found.count, pattern, in: "'\(file.name)'", atMost: most)
    return (opened, found)
  }

  /// Those of the kernel that can be probed, where the kernel says which; else all that it
  /// names.
  ///
  /// - Returns: their names, and their addresses where the kernel says these of all.
  static func kernelFunctions(
    _ pattern: FunctionPattern, atMost most: Int
  ) throws -> (names: [String], addresses: [UInt64]) {
    var isListed = false
    for list in KernelFunctionList.all {
      guard let text = File.contents(of: list.path), !text.isEmpty else { continue }
      isListed = true
      var found = list.functions(in: text, matching: pattern)
      for name in KernelFunctionList.laterNames(of: pattern) where found.isEmpty {
        found = list.functions(in: text, matching: try FunctionPattern(name, isExpression: false))
      }
      guard !found.isEmpty else { continue }
      try check(found.count, pattern, in: "the kernel", atMost: most)
      let names = found.keys.sorted()
      let addresses = names.compactMap { found[$0]?.count == 1 ? found[$0]?.first : nil }
      return (names, addresses.count == names.count && !addresses.contains(0) ? addresses : [])
    }
    if isListed || pattern.isWide {
      try check(0, pattern, in: "the kernel", atMost: most)
    }
    return ([pattern.text], [])
  }

  private static func check(
    _ count: Int, _ pattern: FunctionPattern, in place: String, atMost most: Int
  ) throws {
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
}

/// A file in which the kernel lists its functions.
private enum KernelFunctionList {
  /// Those that can be probed, with their addresses (from 6.5).
  case traceableWithAddresses(String)
  case traceable(String)
  /// All symbols.
  case symbols

  static var all: [KernelFunctionList] {
    let tracefs = KernelFeatures.tracefs
    return
      (tracefs.map {
        [
          .traceableWithAddresses($0 + "/available_filter_functions_addrs"),
          .traceable($0 + "/available_filter_functions"),
        ]
      } ?? []) + [.symbols]
  }

  var path: String {
    switch self {
    case .traceableWithAddresses(let path), .traceable(let path): path
    case .symbols: "/proc/kallsyms"
    }
  }

  /// What newer kernels call a function: the beginnings of system calls since 4.17, and since
  /// 6.10 what allocates memory and is counted for its caller.
  static func laterNames(of pattern: FunctionPattern) -> [String] {
    guard !pattern.isWide else { return [] }
    for prefix in ["sys_", "SyS_"] where pattern.text.hasPrefix(prefix) {
      return [FunctionRegisters.systemCallPrefix + pattern.text.dropFirst(prefix.count)]
    }
    return [pattern.text + "_noprof"]
  }

  /// The addresses of each name, as far as they are known.
  func functions(in text: String, matching pattern: FunctionPattern) -> [String: [UInt64]] {
    var found: [String: [UInt64]] = [:]
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3)
      let word: Substring.UTF8View? =
        switch self {
        case .traceableWithAddresses: words.count > 1 ? words[1] : nil
        case .traceable: words.first
        case .symbols:
          words.count > 2 && (words[1].elementsEqual("t".utf8) || words[1].elementsEqual("T".utf8))
            ? words[2] : nil
        }
      guard let word else { continue }
      // In a module its name follows, behind a tab.
      let name = String(Substring(word.prefix { $0 != UInt8(ascii: "\t") }))
      guard pattern.matches(name) else { continue }
      var address: UInt64?
      if case .traceableWithAddresses = self { address = UInt64(Substring(words[0]), radix: 16) }
      found[name, default: []] += address.map { [$0] } ?? []
    }
    return found
  }
}
