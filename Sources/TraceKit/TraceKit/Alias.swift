/// Another name of a tool, which stands for the tool with arguments in front of those that
/// are typed.
public struct Alias: Equatable, Sendable {
  public let name: String
  public let tool: String
  public let arguments: [String]

  /// What stands in place of a tool where there is none of that name: the rest of the line
  /// is a sentence that says what to use instead.
  static let refused = "refused"

  /// - Parameter text: a name, its tool and its arguments in each line; one that begins
  ///   with `#` is a comment.
  public static func table(_ text: String) -> [Alias] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 1, words[0].utf8.first != UInt8(ascii: "#") else { return nil }
      return Alias(name: words[0], tool: words[1], arguments: Array(words.dropFirst(2)))
    }
  }

  /// What to use instead; nil where the name is one of a tool.
  public var refusal: String? {
    tool == Self.refused ? arguments.joined(separator: " ") : nil
  }
}

/// How a process was called, which is known before its command line is read.
struct Invocation: Sendable {
  /// The last part of the path by which it was started.
  private let called: String
  let alias: Alias?

  nonisolated(unsafe) static var current = Invocation(path: "", aliases: [])

  init(path: String, aliases: [Alias]) {
    called = path.split(separator: "/").last.map(String.init) ?? ""
    let plain = Self.plain(called)
    alias = aliases.first { $0.name == plain }
  }

  /// Fedora has bcc's tools as `bpf-NAME`, Debian as `NAME-bpfcc`.
  private static func plain(_ called: String) -> Substring {
    var name = called[...]
    if name.hasPrefix("bpf-") { name = name.dropFirst("bpf-".utf8.count) }
    if name.hasSuffix("-bpfcc") { name = name.dropLast("-bpfcc".utf8.count) }
    return name
  }

  /// What a tool calls itself: what it was called, where that is a name of its own.
  func name(of tool: String) -> String {
    alias != nil || Self.plain(called) == tool ? called : tool
  }

  /// The arguments that the name stands for, and those that were typed.
  ///
  /// - Parameter typed: without the name. A shell's question stands first in them.
  func commandLine(_ typed: [String]) -> [String] {
    guard let alias, typed.first?.hasPrefix("---") != true else { return typed }
    return alias.arguments + typed
  }
}
