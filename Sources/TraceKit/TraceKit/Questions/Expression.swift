/// What a user wants computed, as it was written.
indirect enum Expression {
  case number(UInt64, ValueType)
  case text([UInt8], at: Int)
  case name(String, at: Int)
  case field(Expression, String, isPointer: Bool, at: Int)
  case element(Expression, Expression, at: Int)
  case unary(String, Expression, at: Int)
  case binary(String, Expression, Expression, at: Int)
  case cast(ValueType, Expression, at: Int)
  case call(String, [Expression], at: Int)

  /// Where it begins, for messages.
  var start: Int {
    switch self {
    case .number: 0
    case .text(_, let at), .name(_, let at), .unary(_, _, let at), .cast(_, _, let at),
      .call(_, _, let at):
      at
    case .field(let inner, _, _, _), .element(let inner, _, _), .binary(_, let inner, _, _):
      inner.start
    }
  }
}

/// Reads expressions as C has them.
struct ExpressionReader {
  /// Deeper ones would be refused for their slots anyway.
  private static let mostNested = 40

  /// From the loosest to the tightest.
  private static let operators: [[String]] = [
    ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", "<=", ">", ">="], ["<<", ">>"],
    ["+", "-"], ["*", "/", "%"],
  ]

  static func read(from text: inout QuestionText, depth: Int = 0) throws -> Expression {
    let expression = try binary(from: &text, level: 0, depth: depth)
    let next = try text.peek()
    if case .sign(let sign) = next.token {
      if sign == "?" { throw text.error("'?' and ':' are not supported", at: next.start) }
      if ["=", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="].contains(sign) {
        throw text.error(
          "'\(sign)' would change something, and a probe only looks"
            + (sign == "=" ? "; equality is ==" : ""), at: next.start)
      }
    }
    return expression
  }

  private static func binary(
    from text: inout QuestionText, level: Int, depth: Int
  ) throws -> Expression {
    guard level < operators.count else { return try unary(from: &text, depth: depth) }
    var left = try binary(from: &text, level: level + 1, depth: depth)
    while case .sign(let sign) = try text.peek().token, operators[level].contains(sign) {
      let start = try text.next().start
      let right = try binary(from: &text, level: level + 1, depth: depth)
      left = .binary(sign, left, right, at: start)
    }
    return left
  }

  private static func unary(from text: inout QuestionText, depth: Int) throws -> Expression {
    let next = try text.peek()
    guard depth < mostNested else { throw text.error("this is nested too deep", at: next.start) }
    if case .sign(let sign) = next.token {
      if ["!", "~", "-", "+", "*", "&"].contains(sign) {
        _ = try text.next()
        return .unary(sign, try unary(from: &text, depth: depth + 1), at: next.start)
      }
      if sign == "(" {
        _ = try text.next()
        if case .name(let name) = try text.peek().token, TypeReader.isType(name) {
          let type = try TypeReader.read(from: &text)
          try text.expect(")", "a cast")
          return .cast(type, try unary(from: &text, depth: depth + 1), at: next.start)
        }
        let inner = try read(from: &text, depth: depth + 1)
        try text.expect(")", "what is in parentheses")
        return try postfix(inner, from: &text, depth: depth)
      }
    }
    return try postfix(primary(from: &text, depth: depth), from: &text, depth: depth)
  }

  private static func primary(from text: inout QuestionText, depth: Int) throws -> Expression {
    let next = try text.next()
    switch next.token {
    case .number(let value, let isUnsigned, let isLong):
      let isWide = isLong || value > UInt64(UInt32.max) || !isUnsigned && value > UInt64(Int32.max)
      return .number(
        value,
        .integer(
          size: isWide ? 8 : 4, isSigned: !isUnsigned && value <= UInt64(Int64.max)))
    case .text(let bytes): return .text(bytes, at: next.start)
    case .name("NULL"): return .number(0, .u64)
    case .name("true"): return .number(1, .int)
    case .name("false"): return .number(0, .int)
    case .name("sizeof"):
      throw text.error("'sizeof' is not supported", at: next.start)
    case .name(let name):
      if try text.take("(") {
        return .call(name, try arguments(from: &text, depth: depth), at: next.start)
      }
      return .name(name, at: next.start)
    case .end: throw text.error("an expression is missing", at: next.start)
    case .sign(let sign):
      throw text.error("'\(sign)' cannot begin an expression", at: next.start)
    }
  }

  private static func arguments(
    from text: inout QuestionText, depth: Int
  ) throws -> [Expression] {
    var arguments: [Expression] = []
    guard try !text.take(")") else { return [] }
    while true {
      arguments.append(try read(from: &text, depth: depth + 1))
      if try text.take(")") { return arguments }
      try text.expect(",", "a list of arguments")
    }
  }

  private static let mostPostfixes = 32

  private static func postfix(
    _ inner: Expression, from text: inout QuestionText, depth: Int
  ) throws -> Expression {
    var inner = inner
    for _ in 0..<mostPostfixes {
      let next = try text.peek()
      switch next.token {
      case .sign("->"), .sign("."):
        _ = try text.next()
        let field = try text.next()
        guard case .name(let name) = field.token else {
          throw text.error("the name of a field is missing", at: field.start)
        }
        inner = .field(inner, name, isPointer: next.token == .sign("->"), at: field.start)
      case .sign("["):
        _ = try text.next()
        let index = try read(from: &text, depth: depth + 1)
        try text.expect("]", "an index")
        inner = .element(inner, index, at: next.start)
      case .sign("@"):
        // Of bcc: an address of user space. Here each address itself says what it is.
        _ = try text.next()
        let word = try text.next()
        guard word.token == .name("user") else {
          throw text.error("only 'user' can follow '@'", at: word.start)
        }
      default: return inner
      }
    }
    throw text.error("this has too many parts", at: try text.peek().start)
  }
}
