import Wire

/// Comparisons of texts, and values of the begin of a call.
extension ValueCompiler {
  mutating func call(
    _ name: String, _ arguments: [Expression], into slot: Int, at: Int
  ) throws -> ValueType {
    if name.lowercased() == "$entry" { return try entry(arguments, into: slot, at: at) }
    guard name == "STRCMP" else {
      throw text.error("the only function is STRCMP(\"text\", value)", at: at)
    }
    guard arguments.count == 2, case .text(let bytes, let place) = arguments[0] else {
      throw text.error("STRCMP compares a text between quotation marks with a value", at: at)
    }
    let literal = scope.comparesBytes ? try listed(bytes, at: place) : bytes
    guard (1..<Int(VALUE_LITERAL_SIZE)).contains(literal.count) else {
      throw text.error("a text has 1 to \(VALUE_LITERAL_SIZE - 1) bytes", at: place)
    }
    guard scope.comparesBytes || !literal.contains(0) else {
      throw text.error("a text with a NUL can only be compared with -B", at: place)
    }
    guard literals.count < VALUE_LITERALS else {
      throw text.error("at most \(VALUE_LITERALS) texts can be compared", at: place)
    }
    try computeAddress(arguments[1], into: slot)
    literals.append(literal)
    try emit(
      scope.comparesBytes ? VALUE_EQUALS_BYTES : VALUE_BEGINS_WITH, to: slot, left: slot,
      right: literals.count - 1, at: at)
    return .int
  }

  /// The last thing that is kept of a call is its time.
  static let mostKept = Int(VALUE_SAVES) - 1

  mutating func entry(
    _ arguments: [Expression], into slot: Int, at: Int
  ) throws -> ValueType {
    guard let begin = scope.begin else {
      throw text.error("$entry has values of the begin of a call at its return only", at: at)
    }
    guard arguments.count == 1 else { throw text.error("$entry needs one value", at: at) }
    guard kept < Self.mostKept else {
      throw text.error("at most \(Self.mostKept) values of the begin can be kept", at: at)
    }
    var compiler = ValueCompiler(text, QuestionScope(site: begin))
    compiler.steps = beginSteps
    let type = try compiler.compute(arguments[0], into: 0)
    try compiler.emit(VALUE_RESULT, constant: UInt64(kept), at: at)
    beginSteps = compiler.steps
    try emit(VALUE_SAVED, to: slot, constant: UInt64(kept), at: at)
    kept += 1
    return type
  }

  /// `{0x01, 2, 'c'}` as bytes; any other text stays as it is.
  func listed(_ bytes: [UInt8], at place: Int) throws -> [UInt8] {
    guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return bytes }
    return try bytes.dropFirst().dropLast().split(separator: UInt8(ascii: ",")).map { item in
      var reader = QuestionText(String(decoding: item, as: UTF8.self))
      guard case .number(let value, _, _) = try reader.next().token, value < 256,
        try reader.next().token == .end
      else { throw text.error("a list of bytes has numbers from 0 to 255", at: place) }
      return UInt8(value)
    }
  }

  /// Computes the address of a text.
  mutating func computeAddress(_ expression: Expression, into slot: Int) throws {
    let type = try compute(expression, into: slot)
    guard type.size == 8 else {
      throw text.error(
        "a text needs its address, and this is an integer of \(type.size ?? 0) bytes",
        at: expression.start)
    }
  }
}
