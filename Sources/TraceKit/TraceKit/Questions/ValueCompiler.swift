import Wire

/// Makes the steps of a ``value_program`` from expressions. An expression leaves its value in a
/// slot, and may use the slots after it.
struct ValueCompiler {
  var steps: [value_step] = []
  var literals: [[UInt8]] = []
  /// What computes the values that are kept of the begin of a call.
  var beginSteps: [value_step] = []
  var kept = 0
  var needsTime = false
  let text: QuestionText
  let scope: QuestionScope

  init(_ text: QuestionText, _ scope: QuestionScope) {
    self.text = text
    self.scope = scope
  }

  // MARK: Steps

  mutating func emit(
    _ operation: value_operation, to: Int = 0, left: Int = 0, right: Int = 0, size: Int = 8,
    isSigned: Bool = false, text: Int = 0, constant: UInt64 = 0, at position: Int
  ) throws {
    guard max(to, left, right) < VALUE_SLOTS else {
      throw self.text.error("this is too complicated: it is nested too deep", at: position)
    }
    guard steps.count < VALUE_STEPS else {
      throw self.text.error(
        "this is too complicated: all together has more than \(VALUE_STEPS) steps", at: position)
    }
    steps.append(
      value_step(
        operation: UInt8(operation.rawValue), to: UInt8(to), left: UInt8(left),
        right: UInt8(right), size: UInt8(size), is_signed: isSigned ? 1 : 0, text: UInt16(text),
        constant: constant))
  }

  static func bits(_ offset: Int) -> UInt64 { UInt64(bitPattern: Int64(offset)) }

  mutating func set(_ slot: Int, to number: Int, at position: Int) throws {
    try emit(VALUE_CONSTANT, to: slot, constant: Self.bits(number), at: position)
  }

  mutating func convert(
    _ slot: Int, to size: Int, isSigned: Bool, at position: Int
  ) throws {
    guard size < 8 else { return }
    try emit(
      VALUE_CONVERT, to: slot, left: slot, size: size, isSigned: isSigned, at: position)
  }

  /// Whether values of the begin of a call are needed at its return.
  var keepsCalls: Bool { needsTime || !beginSteps.isEmpty }

  // MARK: Values

  /// Computes the value of an expression.
  ///
  /// - Returns: its type, which is an integer or a pointer.
  mutating func compute(_ expression: Expression, into slot: Int) throws -> ValueType {
    switch expression {
    case .number(let value, let type):
      try emit(VALUE_CONSTANT, to: slot, constant: value, at: 0)
      return type
    case .text(_, let at):
      throw text.error(
        "a text can only be compared, with STRCMP(\"text\", value)", at: at)
    case .name(let name, let at): return try compute(name, into: slot, at: at)
    case .cast(let type, let inner, let at): return try cast(inner, to: type, into: slot, at: at)
    case .unary("!", let inner, let at):
      _ = try compute(inner, into: slot)
      try emit(VALUE_IS_ZERO, to: slot, left: slot, at: at)
      return .int
    case .unary("&", let inner, let at):
      let (place, type) = try self.place(of: inner, slot)
      try addressOf(place, into: slot, at: at)
      return .pointer(to: type)
    case .unary("*", _, let at), .field(_, _, _, let at), .element(_, _, let at):
      let (place, type) = try self.place(of: expression, slot)
      return try load(place, type, into: slot, at: at)
    case .unary(let sign, let inner, let at):
      return try compute(sign, inner, into: slot, at: at)
    case .binary(let sign, let left, let right, let at):
      return try compute(sign, left, right, into: slot, at: at)
    case .call(let name, let arguments, let at):
      return try call(name, arguments, into: slot, at: at)
    }
  }

  mutating func compute(
    _ sign: String, _ inner: Expression, into slot: Int, at: Int
  ) throws -> ValueType {
    let type = try compute(inner, into: slot)
    guard case .integer = type.resolved else {
      throw text.error("'\(sign)' needs an integer", at: at)
    }
    let (size, isSigned) = Self.promoted(type)
    switch sign {
    case "~":
      try set(slot + 1, to: -1, at: at)
      try emit(VALUE_XOR, to: slot, left: slot, right: slot + 1, at: at)
    case "-":
      try set(slot + 1, to: 0, at: at)
      try emit(VALUE_SUBTRACT, to: slot, left: slot + 1, right: slot, at: at)
    default: break
    }
    try convert(slot, to: size, isSigned: isSigned, at: at)
    return .integer(size: size, isSigned: isSigned)
  }

  /// As C computes with an integer: at least as with an int.
  static func promoted(_ type: ValueType) -> (size: Int, isSigned: Bool) {
    let (size, isSigned) = type.integer
    return size < 4 ? (4, true) : (size, isSigned)
  }

  /// The type in which C computes with two integers.
  static func common(_ left: ValueType, _ right: ValueType) -> (size: Int, isSigned: Bool) {
    let (left, right) = (promoted(left), promoted(right))
    if left.size == right.size { return (left.size, left.isSigned && right.isSigned) }
    return left.size > right.size ? left : right
  }

  static let operations: [String: value_operation] = [
    "+": VALUE_ADD, "-": VALUE_SUBTRACT, "*": VALUE_MULTIPLY, "/": VALUE_DIVIDE,
    "%": VALUE_REMAINDER, "&": VALUE_AND, "|": VALUE_OR, "^": VALUE_XOR,
  ]

  mutating func compute(
    _ sign: String, _ left: Expression, _ right: Expression, into slot: Int, at: Int
  ) throws -> ValueType {
    guard slot + 1 < VALUE_SLOTS else {
      throw text.error("this is too complicated: it is nested too deep", at: at)
    }
    let leftType = try compute(left, into: slot)
    let rightType = try compute(right, into: slot + 1)
    func emit(
      _ operation: value_operation, left: Int? = nil, right: Int? = nil, isSigned: Bool = false
    ) throws {
      try self.emit(
        operation, to: slot, left: left ?? slot, right: right ?? slot + 1, isSigned: isSigned,
        at: at)
    }
    switch sign {
    case "&&", "||":
      // Both are computed, which changes nothing but time: a wrong address reads as 0.
      for each in [slot, slot + 1] {
        try self.emit(VALUE_IS_ZERO, to: each, left: each, at: at)
      }
      try emit(sign == "&&" ? VALUE_OR : VALUE_AND)
      try emit(VALUE_IS_ZERO)
      return .int
    case "<<", ">>":
      let (size, isSigned) = Self.promoted(leftType)
      try emit(sign == "<<" ? VALUE_SHIFT_LEFT : VALUE_SHIFT_RIGHT, isSigned: isSigned)
      try convert(slot, to: size, isSigned: isSigned, at: at)
      return .integer(size: size, isSigned: isSigned)
    case "==", "!=", "<", "<=", ">", ">=":
      let (size, isSigned) = Self.common(leftType, rightType)
      try checkSense(of: sign, left, leftType, right, isSigned: isSigned, at: at)
      for (each, type) in [(slot, leftType), (slot + 1, rightType)]
      where Self.promoted(type) != (size, isSigned) {
        try convert(each, to: size, isSigned: isSigned, at: at)
      }
      switch sign {
      case "==", "!=": try emit(VALUE_EQUAL)
      case "<", ">=": try emit(VALUE_LESS, isSigned: isSigned)
      default: try emit(VALUE_LESS, left: slot + 1, right: slot, isSigned: isSigned)
      }
      if ["!=", ">=", "<="].contains(sign) { try emit(VALUE_IS_ZERO) }
      return .int
    default: break
    }
    if case .pointer(let target) = leftType.resolved, sign == "+" || sign == "-" {
      guard case .integer = rightType.resolved, let size = target.size else {
        throw text.error(
          "an integer can be added to the address of something of known size", at: at)
      }
      try scale(slot + 1, by: size, at: at)
      try emit(sign == "+" ? VALUE_ADD : VALUE_SUBTRACT)
      return leftType
    }
    let (size, isSigned) = Self.common(leftType, rightType)
    guard let operation = Self.operations[sign] else {
      throw text.error("'\(sign)' is not supported", at: at)
    }
    for (each, type) in [(slot, leftType), (slot + 1, rightType)]
    where Self.promoted(type) != (size, isSigned) {
      try convert(each, to: size, isSigned: isSigned, at: at)
    }
    try emit(operation, isSigned: isSigned)
    if !["&", "|", "^"].contains(sign) { try convert(slot, to: size, isSigned: isSigned, at: at) }
    return .integer(size: size, isSigned: isSigned)
  }

  /// Arguments without a declared type have no sign, so what asks for one would never be true.
  func checkSense(
    of sign: String, _ left: Expression, _ type: ValueType, _ right: Expression, isSigned: Bool,
    at: Int
  ) throws {
    var isNegative = false, isZero = false
    if case .number(0, _) = right { isZero = true }
    if case .unary("-", .number, _) = right { isNegative = true }
    guard !type.integer.isSigned, isZero && (sign == "<" || sign == ">=") || isNegative else {
      return
    }
    // What is converted to an int keeps its value.
    if isNegative, isSigned { return }
    throw text.error(
      "the value before '\(sign)' has no sign and is never negative; convert it, as in (int)retval",
      at: at)
  }

  mutating func scale(_ slot: Int, by size: Int, at: Int) throws {
    guard size != 1 else { return }
    try set(slot + 1, to: size, at: at)
    try emit(VALUE_MULTIPLY, to: slot, left: slot, right: slot + 1, at: at)
  }

  mutating func cast(
    _ inner: Expression, to type: ValueType, into slot: Int, at: Int
  ) throws -> ValueType {
    _ = try compute(inner, into: slot)
    guard type.isScalar else {
      throw text.error("a value can be converted to an integer or a pointer only", at: at)
    }
    if case .integer(let size, let isSigned) = type.resolved {
      try convert(slot, to: size, isSigned: isSigned, at: at)
    }
    return type
  }
}
