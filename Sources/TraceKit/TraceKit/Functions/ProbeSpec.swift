/// Where a user wants a probe, in the syntax of bcc's tools: `[p|r|k|t|u]:[library]:name`, and
/// shorter where that is clear: `name`, `library:name`, `t:category:event`,
/// `u:library:[provider:]probe`.
public struct ProbeSpec: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case kernelFunction
    case userFunction
    case tracepoint
    case usdt
  }

  public let kind: Kind
  /// Whether the return of a function is meant, not its beginning.
  public let atReturn: Bool
  /// A library or program; empty: the program of the process that is traced.
  public let library: String
  /// The category of a tracepoint, or the provider of a USDT probe; empty: any.
  public let group: String
  /// A name, a wildcard, or a regular expression.
  public let name: String
  public let isExpression: Bool
  /// The specification as it was written, without what follows it.
  public let text: String
  /// What follows it, such as a signature and a predicate.
  public let rest: Substring

  /// - Parameters:
  ///   - source: what a user wrote.
  ///   - isExpression: whether names are regular expressions, not wildcards.
  ///   - isWhole: nothing may follow; else it ends at a blank or a parenthesis.
  /// - Throws: ``ToolError`` that names the column of what is wrong.
  public init(_ source: String, isExpression: Bool = false, isWhole: Bool = true) throws {
    var parser = ProbeSpecParser(source, isExpression: isExpression, isWhole: isWhole)
    try parser.parse()
    kind = parser.kind
    atReturn = parser.atReturn
    library = String(parser.library)
    group = String(parser.group)
    name = String(parser.name)
    self.isExpression = isExpression
    text = String(parser.spec)
    rest = source[parser.spec.endIndex...]
  }

  /// What is wrong with what a user wrote, as a sentence.
  ///
  /// - Parameter index: of the offending character in the text.
  public static func error(_ text: String, at index: String.Index, _ what: String) -> ToolError {
    let column = text.distance(from: text.startIndex, to: index) + 1
    return ToolError(.usage, "'\(text)', column \(column): \(what)")
  }
}

private struct ProbeSpecParser {
  let source: String
  let spec: Substring
  let isExpression: Bool
  var kind = ProbeSpec.Kind.kernelFunction
  var atReturn = false
  var library: Substring = ""
  var group: Substring = ""
  var name: Substring = ""

  init(_ source: String, isExpression: Bool, isWhole: Bool) {
    self.source = source
    self.isExpression = isExpression
    spec = isWhole ? source[...] : source.prefix { !$0.isWhitespace && $0 != "(" }
  }

  mutating func parse() throws {
    let first = spec.prefix { $0 != ":" }
    guard first.endIndex < spec.endIndex else {
      name = spec
      return try checkName()
    }
    let after = spec[spec.index(after: first.endIndex)...]
    switch first {
    case "p", "r", "k":
      atReturn = first == "r"
      try parseFunction(after, isKernels: first == "k")
    // As bcc has it: the kind is that of a beginning where it is left out.
    case "" where after.contains(":"):
      try parseFunction(after, isKernels: false)
    case "t":
      kind = .tracepoint
      let parts = try fields(of: after, 2, "a tracepoint is t:CATEGORY:EVENT")
      (group, name) = (parts[0], parts[1])
      try check(group, "a category")
    case "u":
      kind = .usdt
      let form = "a USDT probe is u:LIBRARY:PROBE or u:LIBRARY:PROVIDER:PROBE"
      let hasProvider = after.filter { $0 == ":" }.count > 1
      let parts = try fields(of: after, hasProvider ? 3 : 2, form)
      (library, name) = (parts[0], parts[parts.count - 1])
      if hasProvider {
        group = parts[1]
        try check(group, "a provider")
      }
    default:
      kind = .userFunction
      (library, name) = (first, after)
      if !isExpression, let colon = after.firstIndex(of: ":") {
        throw error(
          first.count == 1 ? spec.startIndex : colon,
          first.count == 1
            ? "'\(first)' is none of p, r, k, t and u" : "a function is LIBRARY:FUNCTION")
      }
    }
    try checkName()
  }

  private mutating func parseFunction(_ text: Substring, isKernels: Bool) throws {
    guard let colon = text.firstIndex(of: ":") else {
      name = text
      return
    }
    library = text[..<colon]
    name = text[text.index(after: colon)...]
    if !library.isEmpty {
      guard !isKernels else {
        throw error(library.startIndex, "a function of the kernel has no library")
      }
      kind = .userFunction
    }
    if !isExpression, let colon = name.firstIndex(of: ":") {
      throw error(colon, "a function is p:LIBRARY:FUNCTION or p::FUNCTION")
    }
  }

  /// So many, the last of which may itself have colons if it is a regular expression.
  private func fields(of text: Substring, _ count: Int, _ form: String) throws -> [Substring] {
    let parts = text.split(
      separator: ":", maxSplits: count - 1, omittingEmptySubsequences: false)
    guard parts.count == count else { throw error(spec.endIndex, form) }
    if !isExpression, let colon = parts[count - 1].firstIndex(of: ":") { throw error(colon, form) }
    return parts
  }

  private func checkName() throws {
    switch kind {
    case .tracepoint: try check(name, "an event")
    case .usdt: try check(name, "a probe")
    case .kernelFunction: try check(name, "a function of the kernel")
    case .userFunction: try check(name, "a function", with: nil)
    }
  }

  private func check(_ text: Substring, _ what: String, with others: String? = "_.-$*?") throws {
    guard !text.isEmpty else { throw error(text.startIndex, "the name of \(what) is missing") }
    guard !isExpression else { return }
    let wrong = text.firstIndex { character in
      guard let others else { return character.isWhitespace }
      return
        !(character.isASCII && (character.isLetter || character.isNumber)
        || others.contains(character))
    }
    guard let wrong else { return }
    throw error(wrong, "the name of \(what) cannot have '\(text[wrong])'")
  }

  private func error(_ index: String.Index, _ what: String) -> ToolError {
    ProbeSpec.error(source, at: index, what)
  }
}
