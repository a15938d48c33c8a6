import Wire

/// A probe and what is counted there, in the syntax of bcc's argdist:
/// `PROBE(SIGNATURE)[:TYPE[,TYPE...]:VALUE[,VALUE...][:FILTER]][#LABEL]`.
public struct Distribution: Sendable {
  public let spec: ProbeSpec
  /// What a person reads over its rows: the label, or all that was written.
  public let label: String
  /// How each value is written, and what it is called.
  let values: [Value]
  private let text: String
  private let parameters: [(name: String, type: ValueType)]?
  private let expressions: Expressions

  struct Value: Sendable {
    let name: String
    let type: ValueType

    var isText: Bool { if case .pointer(.integer(size: 1, _)) = type { true } else { false } }
  }

  /// They are made once and never changed.
  private struct Expressions: @unchecked Sendable {
    var values: [Expression] = []
    var test: [Expression] = []
  }

  private static let mostBytes = 4096

  /// - Throws: ``ToolError`` that names the column of what is wrong.
  public init(_ source: String) throws {
    guard source.utf8.count <= Self.mostBytes else {
      throw ToolError(.usage, "a specifier has at most \(Self.mostBytes) bytes")
    }
    spec = try ProbeSpec(source, isWhole: false)
    text = source
    var reader = QuestionText(source, from: source.utf8.count - spec.rest.utf8.count)
    var parameters: [(name: String, type: ValueType)]?
    if try reader.take("(") {
      let start = reader.position
      let read = try TypeReader.signature(from: &reader)
      guard read.isEmpty || spec.kind == .kernelFunction || spec.kind == .userFunction else {
        throw reader.error("only functions have parameters here", at: start)
      }
      parameters = read
    }
    self.parameters = parameters
    var expressions = Expressions()
    var values: [Value] = []
    if try reader.take(":") {
      var types: [ValueType] = []
      repeat { types.append(try TypeReader.read(from: &reader)) } while try reader.take(",")
      try reader.expect(":", "a type without a value, which")
      repeat {
        let start = try reader.peek().start
        expressions.values.append(try ExpressionReader.read(from: &reader))
        let name = reader.text(from: start, to: reader.position)
        guard values.count < types.count else {
          throw reader.error("this value has no type", at: start)
        }
        guard types[values.count].isScalar else {
          throw reader.error("a value is an integer or an address", at: start)
        }
        values.append(Value(name: name, type: types[values.count]))
      } while try reader.take(",")
      guard values.count == types.count else {
        throw reader.error("a type has no value", at: try reader.peek().start)
      }
      if try reader.take(":") { expressions.test = [try ExpressionReader.read(from: &reader)] }
    }
    let end = try reader.next()
    switch end.token {
    case .end: label = source
    case .sign("#"), .sign(";"):
      label = reader.text(from: end.start + 1, to: source.utf8.count)
    default:
      throw reader.error(
        "after a function come its signature, types, values and a filter, with colons between them",
        at: end.start)
    }
    // As in bcc, the return value where nothing else is said.
    if values.isEmpty, spec.atReturn {
      expressions.values = [.name("$retval", at: 0)]
      values = [Value(name: "$retval", type: .u64)]
    }
    guard values.count <= ARGDIST_MOST_VALUES else {
      throw reader.error("at most \(ARGDIST_MOST_VALUES) values can be counted together", at: 0)
    }
    guard values.count(where: \.isText) < 2 else {
      throw reader.error("at most one of the values can be a text", at: 0)
    }
    self.values = values
    self.expressions = expressions
  }

  /// Refuses what is wrong in the value of an option.
  public static func check(_ source: String, of option: String) throws {
    do { _ = try Distribution(source) } catch let error as ToolError {
      throw ToolError(error.status, "\(option) \(error.description)")
    }
  }

  /// What names mean at the places of the probe.
  func scope(at name: String, arguments: [USDTArgument?]) -> QuestionScope {
    var scope = QuestionScope(
      of: spec, at: name, arguments: arguments, parameters: parameters, keepsBegin: true)
    scope.namesProcesses = true
    return scope
  }

  /// Its programs: of the values, and of what is kept of the begin of a call; nil where nothing
  /// is.
  func programs(
    _ scope: QuestionScope, textSize: UInt32
  ) throws -> (values: value_program, begin: value_program?) {
    var compiler = ValueCompiler(QuestionText(text), scope)
    var program = value_program()
    for test in expressions.test { _ = try compiler.compute(test, into: 0) }
    program.test_steps = UInt32(compiler.steps.count)
    for (index, (expression, value)) in zip(expressions.values, values).enumerated() {
      if value.isText {
        try compiler.computeAddress(expression, into: 0)
        try compiler.emit(
          VALUE_TEXT_RESULT, constant: UInt64(index), at: expression.start)
        program.texts = 1
      } else {
        _ = try compiler.compute(expression, into: 0)
        let (size, isSigned) = value.type.integer
        try compiler.emit(
          VALUE_CONVERT, size: size, isSigned: isSigned, at: expression.start)
        try compiler.emit(VALUE_RESULT, constant: UInt64(index), at: expression.start)
      }
    }
    program.text_size = textSize
    program.take(compiler)
    guard compiler.keepsCalls else { return (program, nil) }
    var begin = value_program()
    begin.take(compiler.beginSteps)
    return (program, begin)
  }
}

/// As many as the key of the tool's program has.
private let ARGDIST_MOST_VALUES = 4

extension QuestionText {
  /// A part of the source, without blanks around it.
  func text(from start: Int, to end: Int) -> String {
    let bytes = Array(source.utf8.dropFirst(start).prefix(max(end - start, 0)))
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let trimmed = bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    return String(decoding: Array(trimmed), as: UTF8.self)
  }
}
