import Wire

/// A probe, and what is asked there, in the syntax of bcc's trace:
/// `PROBE[(SIGNATURE)] [(PREDICATE)] ["FORMAT"[, VALUE, ...]]`.
public struct Question: Sendable {
  public let spec: ProbeSpec
  private let text: String
  /// The parameters of the function, where its signature was given.
  private let parameters: [(name: String, type: ValueType)]?
  private let test: Expressions
  let format: MessageFormat?
  private let values: Expressions

  /// They are made once and never changed.
  private struct Expressions: @unchecked Sendable {
    let all: [Expression]
  }

  /// Longer ones could be nested without bound.
  private static let mostBytes = 4096

  /// - Throws: ``ToolError`` that names the column of what is wrong.
  public init(_ source: String) throws {
    guard source.utf8.count <= Self.mostBytes else {
      throw ToolError(.usage, "a probe has at most \(Self.mostBytes) bytes")
    }
    spec = try ProbeSpec(source, isWhole: false)
    text = source
    let start = source.utf8.count - spec.rest.utf8.count
    var reader = QuestionText(source, from: start)
    parameters = try Self.signature(of: spec, from: &reader)
    reader.skipSpace()
    var test: [Expression] = []
    if reader.begins(with: "(") {
      _ = try reader.next()
      test = [try ExpressionReader.read(from: &reader)]
      try reader.expect(")", "a predicate")
    }
    self.test = Expressions(all: test)
    var placed = try reader.next()
    guard case .text(let bytes) = placed.token else {
      guard placed.token == .end else {
        throw reader.error(
          "after a probe come a predicate in parentheses and a format in quotation marks",
          at: placed.start)
      }
      format = nil
      values = Expressions(all: [])
      return
    }
    format = try MessageFormat(bytes, in: reader, at: placed.start)
    var values: [Expression] = []
    let hasComma = try reader.take(",")
    placed = try reader.peek()
    if placed.token != .end {
      repeat {
        values.append(try ExpressionReader.read(from: &reader))
      } while try reader.take(",")
      placed = try reader.next()
      guard placed.token == .end else {
        throw reader.error("a comma or the end is missing here", at: placed.start)
      }
    } else if hasComma {
      throw reader.error("a value is missing", at: placed.start)
    }
    try Self.checkCount(of: values, format, in: reader)
    self.values = Expressions(all: values)
  }

  private static func signature(
    of spec: ProbeSpec, from reader: inout QuestionText
  ) throws -> [(name: String, type: ValueType)]? {
    guard reader.begins(with: "(") else { return nil }
    let start = try reader.next().start
    switch spec.kind {
    case .kernelFunction, .userFunction: return try TypeReader.signature(from: &reader)
    case .tracepoint, .usdt:
      throw reader.error(
        "only functions have a signature; a predicate needs a blank before it", at: start)
    }
  }

  private static func checkCount(
    of values: [Expression], _ format: MessageFormat?, in reader: QuestionText
  ) throws {
    let fields = format?.fields ?? []
    if fields.count > values.count {
      throw reader.error("this conversion has no value", at: fields[values.count].start)
    }
    if values.count > fields.count {
      throw reader.error(
        "the format has \(fields.count) conversions, and this is one value more",
        at: values[fields.count].start)
    }
    guard values.count <= VALUE_RESULTS else {
      throw reader.error(
        "at most \(VALUE_RESULTS) values can be printed", at: values[Int(VALUE_RESULTS)].start)
    }
  }

  /// What names mean at the places of the probe.
  func scope(at name: String, arguments: [USDTArgument?]) -> QuestionScope {
    QuestionScope(of: spec, at: name, arguments: arguments, parameters: parameters)
  }

  /// Its program.
  ///
  /// - Parameters:
  ///   - scope: what names mean.
  ///   - textSize: how many bytes a text has, its NUL included.
  /// - Throws: ``ToolError`` that names the column of what cannot be computed.
  func program(_ scope: QuestionScope, textSize: UInt32) throws -> value_program {
    var compiler = ValueCompiler(QuestionText(text), scope)
    var program = value_program()
    for expression in test.all { _ = try compiler.compute(expression, into: 0) }
    program.test_steps = UInt32(compiler.steps.count)
    var texts = 0
    for (index, (expression, field)) in zip(values.all, format?.fields ?? []).enumerated() {
      switch field.conversion {
      case .text:
        try compiler.computeAddress(expression, into: 0)
        try compiler.emit(
          VALUE_TEXT_RESULT, text: texts, constant: UInt64(index), at: expression.start)
        texts += 1
      default:
        _ = try compiler.compute(expression, into: 0)
        try compiler.emit(VALUE_RESULT, constant: UInt64(index), at: expression.start)
      }
    }
    program.text_size = textSize
    program.texts = UInt32(texts)
    program.take(compiler)
    return program
  }

  /// Answers an option of bcc that has no meaning here.
  public static func refuseHeader(_ header: String) throws -> String {
    throw ToolError(
      .usage,
      "there is no compiler that reads headers; structures are those of the kernel's own types")
  }

  /// Whether an event needs the address space of the task, to name places in it.
  var namesUserPlaces: Bool {
    (format?.fields ?? []).contains { if case .userPlace = $0.conversion { true } else { false } }
  }
}

extension value_program {
  /// Takes the steps and the literals.
  mutating func take(_ compiler: ValueCompiler) {
    take(compiler.steps)
    withUnsafeMutableBytes(of: &literals) { room in
      for (index, literal) in compiler.literals.enumerated() {
        let start = index * Int(VALUE_LITERAL_SIZE)
        UnsafeMutableRawBufferPointer(rebasing: room[start...]).copyBytes(from: literal)
      }
    }
    withUnsafeMutableBytes(of: &literal_sizes) { room in
      for (index, literal) in compiler.literals.enumerated() {
        room.storeBytes(of: UInt32(literal.count), toByteOffset: index * 4, as: UInt32.self)
      }
    }
  }

  mutating func take(_ steps: [value_step]) {
    self.steps = UInt32(steps.count)
    withUnsafeMutableBytes(of: &step) { room in
      steps.withUnsafeBytes { room.copyMemory(from: $0) }
    }
  }
}
