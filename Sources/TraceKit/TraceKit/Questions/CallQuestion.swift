/// A function or a tracepoint, and what is asked of its calls, in the syntax of bcc's ksnoop:
/// `NAME`, or `NAME(VALUE[ OP NUMBER], ...)`; a function of a module can be `MODULE:NAME`, and a
/// tracepoint is `t:[CATEGORY:]NAME`.
public struct CallQuestion: Sendable {
  /// The function, or the tracepoint without its category.
  public let name: String
  public let isTracepoint: Bool
  /// The module that a function is said to be of; nil: any, or the kernel itself.
  public let module: String?
  let source: String
  private let expressions: Asked

  /// They are made once and never changed.
  private struct Asked: @unchecked Sendable {
    /// Nil: all.
    let items: [Item]?
  }

  /// A value that is shown, or a predicate, or both.
  struct Item {
    let value: Expression?
    /// As it was written.
    let label: String
    let test: Expression?
  }

  var items: [Item]? { expressions.items }

  private static let mostBytes = 4096

  /// - Throws: ``ToolError`` that names the column of what is wrong.
  public init(_ source: String) throws {
    guard source.utf8.count <= Self.mostBytes else {
      throw ToolError(.usage, "a function has at most \(Self.mostBytes) bytes")
    }
    self.source = source
    let head = source.prefix { $0 != "(" && !$0.isWhitespace }
    var parts = head.split(separator: ":", omittingEmptySubsequences: false)
    isTracepoint = parts.count > 1 && parts[0] == "t"
    if isTracepoint { parts.removeFirst() }
    guard parts.count <= 2 else {
      throw ProbeSpec.error(
        source, at: source.startIndex,
        "a call is FUNCTION, MODULE:FUNCTION, or t:CATEGORY:EVENT of a tracepoint")
    }
    name = String(parts[parts.count - 1])
    module = isTracepoint || parts.count == 1 ? nil : String(parts[0])
    for part in parts {
      let isName = part.utf8.allSatisfy { byte in
        UInt8(ascii: "_") == byte || UInt8(ascii: ".") == byte || UInt8(ascii: "$") == byte
          || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
      }
      guard isName, !part.isEmpty else {
        throw ProbeSpec.error(
          source, at: part.startIndex,
          part.isEmpty ? "a name is missing" : "a name has letters, digits and '_' only")
      }
    }
    var reader = QuestionText(source, from: head.utf8.count)
    expressions = Asked(items: try Self.items(from: &reader))
  }

  private static func items(from reader: inout QuestionText) throws -> [Item]? {
    guard try reader.take("(") else {
      let next = try reader.next()
      guard next.token == .end else {
        throw reader.error("after a name come values in parentheses", at: next.start)
      }
      return nil
    }
    var items: [Item] = []
    if try !reader.take(")") {
      repeat {
        items.append(try item(from: &reader))
      } while try reader.take(",")
      try reader.expect(")", "a list of values")
    }
    let next = try reader.next()
    guard next.token == .end else {
      throw reader.error("nothing can follow the values", at: next.start)
    }
    return items
  }

  private static func item(from reader: inout QuestionText) throws -> Item {
    reader.skipSpace()
    let start = reader.position
    let expression = try ExpressionReader.read(from: &reader)
    let bytes = Array(reader.source.utf8)
    func text(to end: Int) -> String {
      var part = bytes[start..<max(end, start)]
      while part.last == 0x20 || part.last.map({ (0x09...0x0d).contains($0) }) == true {
        part.removeLast()
      }
      return String(decoding: part, as: UTF8.self)
    }
    guard case .binary(let sign, let left, _, let place) = expression else {
      return Item(value: expression, label: text(to: reader.position), test: nil)
    }
    switch sign {
    case "==", "!=", "<", "<=", ">", ">=":
      return Item(value: left, label: text(to: place), test: expression)
    case "&&", "||": return Item(value: nil, label: "", test: expression)
    default: return Item(value: expression, label: text(to: reader.position), test: nil)
    }
  }
}

extension Expression {
  /// The names of values in it, with where they are.
  var names: [(name: String, at: Int)] {
    switch self {
    case .number, .text: []
    case .name(let name, let at): [(name, at)]
    case .field(let inner, _, _, _), .unary(_, let inner, _), .cast(_, let inner, _): inner.names
    case .element(let inner, let index, _): inner.names + index.names
    case .binary(_, let left, let right, _): left.names + right.names
    case .call(_, let arguments, _): arguments.flatMap(\.names)
    }
  }
}
