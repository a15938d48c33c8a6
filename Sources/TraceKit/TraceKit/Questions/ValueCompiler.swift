import Wire

/// What names mean at a probe.
struct QuestionScope: Sendable {
  enum Site: Sendable {
    /// The begin of a function. A system call's own function finds its arguments in memory.
    case function(parameters: [(name: String, type: ValueType)]?, isSystemCall: Bool)
    case functionReturn
    case tracepoint(TracepointFormat)
    case usdt([USDTArgument?])
  }

  let site: Site
  /// Whether literals of STRCMP are lists of bytes.
  var comparesBytes = false
  /// Whether $pid is a process, as in argdist, and not a thread.
  var namesProcesses = false
  /// At a return: what names meant at the begin, where a tool keeps that.
  var begin: Site?
}

extension QuestionScope {
  /// - Parameters:
  ///   - name: the function, or the tracepoint as `category:event`.
  ///   - arguments: of a USDT probe.
  ///   - parameters: of the function, where its signature was given.
  ///   - keepsBegin: whether a tool keeps at a return what it wants of the begin.
  init(
    of spec: ProbeSpec, at name: String, arguments: [USDTArgument?],
    parameters: [(name: String, type: ValueType)]?, keepsBegin: Bool = false
  ) {
    switch spec.kind {
    case .tracepoint:
      let event = name.replacing(":", with: "/")
      let path = "\(KernelFeatures.tracefs ?? "")/events/\(event)/format"
      self.init(site: .tracepoint(TracepointFormat(File.contents(of: path) ?? "")))
    case .usdt: self.init(site: .usdt(arguments))
    case .kernelFunction, .userFunction:
      let begin = Site.function(
        parameters: parameters,
        isSystemCall: spec.kind == .kernelFunction && FunctionRegisters.isSystemCall(name))
      self.init(site: spec.atReturn ? .functionReturn : begin)
      self.begin = spec.atReturn && keepsBegin ? begin : nil
    }
  }
}

/// Makes the steps of a ``value_program`` from expressions. An expression leaves its value in a
/// slot, and may use the slots after it.
struct ValueCompiler {
  private(set) var steps: [value_step] = []
  private(set) var literals: [[UInt8]] = []
  /// What computes the values that are kept of the begin of a call.
  private(set) var beginSteps: [value_step] = []
  private var kept = 0
  private(set) var needsTime = false
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

  private static func bits(_ offset: Int) -> UInt64 { UInt64(bitPattern: Int64(offset)) }

  private mutating func set(_ slot: Int, to number: Int, at position: Int) throws {
    try emit(VALUE_CONSTANT, to: slot, constant: Self.bits(number), at: position)
  }

  private mutating func convert(
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

  private mutating func compute(
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
  private static func promoted(_ type: ValueType) -> (size: Int, isSigned: Bool) {
    let (size, isSigned) = type.integer
    return size < 4 ? (4, true) : (size, isSigned)
  }

  /// The type in which C computes with two integers.
  private static func common(_ left: ValueType, _ right: ValueType) -> (size: Int, isSigned: Bool) {
    let (left, right) = (promoted(left), promoted(right))
    if left.size == right.size { return (left.size, left.isSigned && right.isSigned) }
    return left.size > right.size ? left : right
  }

  private static let operations: [String: value_operation] = [
    "+": VALUE_ADD, "-": VALUE_SUBTRACT, "*": VALUE_MULTIPLY, "/": VALUE_DIVIDE,
    "%": VALUE_REMAINDER, "&": VALUE_AND, "|": VALUE_OR, "^": VALUE_XOR,
  ]

  private mutating func compute(
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
  private func checkSense(
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

  private mutating func scale(_ slot: Int, by size: Int, at: Int) throws {
    guard size != 1 else { return }
    try set(slot + 1, to: size, at: at)
    try emit(VALUE_MULTIPLY, to: slot, left: slot, right: slot + 1, at: at)
  }

  private mutating func cast(
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

  // MARK: Names

  private mutating func compute(
    _ name: String, into slot: Int, at: Int
  ) throws -> ValueType {
    let number: ValueType = .integer(size: 4, isSigned: false)
    switch name.lowercased() {
    case "$pid", "$tgid":
      try emit(VALUE_IDS, to: slot, at: at)
      if name.lowercased() == "$tgid" || scope.namesProcesses {
        try upperHalf(of: slot, at: at)
      } else {
        try convert(slot, to: 4, isSigned: false, at: at)
      }
      return number
    case "$uid", "$gid":
      try emit(VALUE_OWNERS, to: slot, at: at)
      if name.lowercased() == "$gid" {
        try upperHalf(of: slot, at: at)
      } else {
        try convert(slot, to: 4, isSigned: false, at: at)
      }
      return number
    case "$cpu":
      try emit(VALUE_CPU, to: slot, at: at)
      return number
    case "$task":
      try emit(VALUE_TASK, to: slot, at: at)
      return .pointer(to: .unknown("task_struct"))
    case "retval", "$retval":
      guard case .functionReturn = scope.site else {
        throw text.error("a function has a return value at its return only (r:)", at: at)
      }
      try emit(VALUE_CONTEXT, to: slot, constant: Self.bits(FunctionRegisters.result), at: at)
      return .u64
    case "$latency":
      guard scope.begin != nil else {
        throw text.error("a call has a latency at its return only (r:)", at: at)
      }
      needsTime = true
      try emit(VALUE_SAVED, to: slot, constant: UInt64(Self.mostKept), at: at)
      return .u64
    default: break
    }
    if case .tracepoint(let format) = scope.site, format.fields[name] != nil {
      let (place, type) = try recordField(name, at: at)
      return try load(place, type, into: slot, at: at)
    }
    if name.hasPrefix("arg"), let number = Int(name.dropFirst(3)), number > 0 {
      return try argument(number, named: name, into: slot, at: at)
    }
    if case .function(let parameters?, _) = scope.site,
      let index = parameters.firstIndex(where: { $0.name == name })
    {
      return try argument(index + 1, named: name, into: slot, at: at)
    }
    if name == "args" {
      throw text.error(
        isTracepoint
          ? "'args' is a record; choose a field, as in args->field"
          : "only tracepoints have 'args'", at: at)
    }
    throw text.error(Self.unknown(name, in: scope), at: at)
  }

  private static func unknown(_ name: String, in scope: QuestionScope) -> String {
    let known =
      switch scope.site {
      case .function(let parameters, _):
        parameters == nil
          ? "arguments are arg1 to arg6, or named by a signature"
          : "the signature does not name it"
      case .functionReturn: "at a return there is only retval"
      case .tracepoint: "fields of a tracepoint are args->field"
      case .usdt: "arguments are arg1, arg2 and so on"
      }
    return "'\(name)' has no meaning here: \(known)"
  }

  private var isTracepoint: Bool { if case .tracepoint = scope.site { true } else { false } }

  private mutating func upperHalf(of slot: Int, at: Int) throws {
    try set(slot + 1, to: 32, at: at)
    try emit(VALUE_SHIFT_RIGHT, to: slot, left: slot, right: slot + 1, at: at)
  }

  private mutating func argument(
    _ number: Int, named name: String, into slot: Int, at: Int
  ) throws -> ValueType {
    switch scope.site {
    case .function(let parameters, let isSystemCall):
      guard number <= FunctionRegisters.mostArguments else {
        throw text.error(
          "only the first \(FunctionRegisters.mostArguments) arguments are in registers", at: at)
      }
      let declared = parameters.flatMap { number <= $0.count ? $0[number - 1] : nil }
      // Under its number it is what is in the register.
      let type = declared.map { $0.name == name ? $0.type : .u64 } ?? .u64
      let size = type.size ?? 8, isSigned = type.integer.isSigned
      if isSystemCall {
        try emit(
          VALUE_CONTEXT, to: slot, constant: Self.bits(FunctionRegisters.arguments[0]), at: at)
        try emit(
          VALUE_READ, to: slot, left: slot, size: size, isSigned: isSigned,
          constant: Self.bits(FunctionRegisters.systemCallArguments[number - 1]), at: at)
      } else {
        try emit(
          VALUE_CONTEXT, to: slot, size: size, isSigned: isSigned,
          constant: Self.bits(FunctionRegisters.arguments[number - 1]), at: at)
      }
      return type
    case .usdt(let arguments): return try usdt(number, arguments, into: slot, at: at)
    case .functionReturn:
      throw text.error(
        "at a return the arguments are no longer in their registers; there is only retval", at: at)
    case .tracepoint: throw text.error(Self.unknown(name, in: scope), at: at)
    }
  }

  private mutating func usdt(
    _ number: Int, _ arguments: [USDTArgument?], into slot: Int, at: Int
  ) throws -> ValueType {
    guard number <= arguments.count else {
      throw text.error(
        arguments.isEmpty
          ? "this probe has no arguments" : "this probe has \(arguments.count) arguments", at: at)
    }
    guard let argument = arguments[number - 1] else {
      throw text.error("this argument of the probe is none that can be read", at: at)
    }
    let size = argument.size, isSigned = argument.isSigned
    switch argument.source {
    case .constant(let value):
      try emit(VALUE_CONSTANT, to: slot, constant: UInt64(bitPattern: value), at: at)
      try convert(slot, to: size, isSigned: isSigned, at: at)
    case .register(let offset):
      try emit(
        VALUE_CONTEXT, to: slot, size: size, isSigned: isSigned, constant: Self.bits(offset), at: at
      )
    case .memory(let base, let index, let scale, let displacement):
      if let base {
        try emit(VALUE_CONTEXT, to: slot, constant: Self.bits(base), at: at)
      } else {
        try set(slot, to: 0, at: at)
      }
      if let index {
        try emit(VALUE_CONTEXT, to: slot + 1, constant: Self.bits(index), at: at)
        try self.scale(slot + 1, by: scale, at: at)
        try emit(VALUE_ADD, to: slot, left: slot, right: slot + 1, at: at)
      }
      try emit(
        VALUE_READ, to: slot, left: slot, size: size, isSigned: isSigned,
        constant: UInt64(bitPattern: displacement), at: at)
    }
    return .integer(size: size, isSigned: isSigned)
  }

  // MARK: Texts

  private mutating func call(
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
  private static let mostKept = Int(VALUE_SAVES) - 1

  private mutating func entry(
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
  private func listed(_ bytes: [UInt8], at place: Int) throws -> [UInt8] {
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

  // MARK: Memory

  /// Where something is; what is in memory is at an offset from the address in a slot.
  private enum Place {
    case context(Int)
    case memory(Int)
    case bits(Int, count: Int)
  }

  private mutating func place(
    of expression: Expression, _ slot: Int
  ) throws -> (Place, ValueType) {
    switch expression {
    case .field(.name("args", _), let name, isPointer: true, let at) where isTracepoint:
      return try recordField(name, at: at)
    case .field(let inner, let name, let isPointer, let at):
      if isPointer {
        let type = try compute(inner, into: slot)
        guard case .pointer(let target) = type.resolved else {
          throw text.error(
            "'->' needs a pointer to a structure; declare it in the signature or convert it, "
              + "as in ((struct sock *)arg1)->\(name)", at: at)
        }
        return try field(name, of: target, from: 0, at: at)
      }
      let (place, type) = try self.place(of: inner, slot)
      guard case .memory(let offset) = place else {
        throw text.error("'.' needs a structure", at: at)
      }
      return try field(name, of: type, from: offset, at: at)
    case .element(let inner, let index, let at): return try element(index, of: inner, slot, at: at)
    case .unary("*", let inner, let at):
      guard case .pointer(let target) = try compute(inner, into: slot).resolved else {
        throw text.error("'*' needs a pointer", at: at)
      }
      return (.memory(0), try known(target, at: at))
    default:
      throw text.error("this is a value and has no place in memory", at: expression.start)
    }
  }

  private func recordField(_ name: String, at: Int) throws -> (Place, ValueType) {
    guard case .tracepoint(let format) = scope.site, let field = format.fields[name] else {
      throw text.error("the tracepoint has no field '\(name)'; tplist -v lists them", at: at)
    }
    return (.context(field.offset), field.type)
  }

  /// A pointer's target as a type with a size.
  private func known(_ type: ValueType, at: Int) throws -> ValueType {
    guard case .unknown(let name) = type.resolved else { return type.resolved }
    if name == "void" {
      throw text.error("the type behind this pointer is not known; convert the pointer", at: at)
    }
    guard let structure = KernelType(structure: name) else {
      throw text.error(
        "'struct \(name)' is not among the types of the kernel, the only ones that are known",
        at: at)
    }
    return .kernel(structure)
  }

  private func field(
    _ name: String, of type: ValueType, from offset: Int, at: Int
  ) throws -> (Place, ValueType) {
    switch try known(type, at: at) {
    case .kernel(let structure):
      guard let field = structure.field(name) ?? structure.socketField(name) else {
        throw text.error("the structure has no field '\(name)'", at: at)
      }
      let type = ValueType(field.type)
      guard let count = field.bitCount else {
        return (.memory(offset + field.bitOffset / 8), type)
      }
      return (.bits(offset * 8 + field.bitOffset, count: count), type)
    case .known(let structure):
      guard let field = structure.fields[name] else {
        throw text.error("'struct \(structure.name)' has no field '\(name)'", at: at)
      }
      return (
        .memory(offset + field.offset), .integer(size: field.size, isSigned: field.isSigned)
      )
    default: throw text.error("'\(name)' can only be a field of a structure", at: at)
    }
  }

  private mutating func element(
    _ index: Expression, of inner: Expression, _ slot: Int, at: Int
  ) throws -> (Place, ValueType) {
    let type = try compute(inner, into: slot)
    guard case .pointer(let target) = type.resolved else {
      throw text.error("only arrays and pointers have elements", at: at)
    }
    let element = try known(target, at: at)
    guard let size = element.size else {
      throw text.error("the size of an element is not known", at: at)
    }
    if case .number(let number, _) = index, let number = Int(exactly: number), number < 1 << 24 {
      return (.memory(number * size), element)
    }
    _ = try compute(index, into: slot + 1)
    try scale(slot + 1, by: size, at: at)
    try emit(VALUE_ADD, to: slot, left: slot, right: slot + 1, at: at)
    return (.memory(0), element)
  }

  private mutating func addressOf(_ place: Place, into slot: Int, at: Int) throws {
    switch place {
    case .context(let offset):
      try emit(VALUE_CONTEXT_ADDRESS, to: slot, constant: Self.bits(offset), at: at)
    case .memory(0): break
    case .memory(let offset):
      try set(slot + 1, to: offset, at: at)
      try emit(VALUE_ADD, to: slot, left: slot, right: slot + 1, at: at)
    case .bits: throw text.error("a bit-field has no address", at: at)
    }
  }

  private mutating func load(
    _ place: Place, _ type: ValueType, into slot: Int, at: Int
  ) throws -> ValueType {
    switch type.resolved {
    case .array(let element):
      try addressOf(place, into: slot, at: at)
      return .pointer(to: element)
    case .recordText(let isRelative):
      guard case .context(let offset) = place else { break }
      try emit(VALUE_CONTEXT, to: slot, size: 4, constant: Self.bits(offset), at: at)
      try emit(
        VALUE_CONTEXT_TEXT, to: slot, left: slot, constant: isRelative ? Self.bits(offset + 4) : 0,
        at: at)
      return .pointer(to: .character)
    case .integer, .pointer:
      let size = type.size ?? 8, isSigned = type.integer.isSigned
      switch place {
      case .context(let offset):
        try emit(
          VALUE_CONTEXT, to: slot, size: size, isSigned: isSigned, constant: Self.bits(offset),
          at: at)
      case .memory(let offset):
        try emit(
          VALUE_READ, to: slot, left: slot, size: size, isSigned: isSigned,
          constant: Self.bits(offset), at: at)
      case .bits(let offset, let count):
        try loadBits(offset, count, size: size, isSigned: isSigned, into: slot, at: at)
      }
      return type
    case .kernel, .known:
      throw text.error("this is a structure; choose one of its fields", at: at)
    case .unknown: break
    }
    throw text.error("values of this type cannot be read", at: at)
  }

  /// A bit-field, from the word of its type that has it.
  private mutating func loadBits(
    _ offset: Int, _ count: Int, size: Int, isSigned: Bool, into slot: Int, at: Int
  ) throws {
    let word = offset / (size * 8) * size
    let first = offset - word * 8
    try emit(VALUE_READ, to: slot, left: slot, size: size, constant: Self.bits(word), at: at)
    try set(slot + 1, to: 64 - first - count, at: at)
    try emit(VALUE_SHIFT_LEFT, to: slot, left: slot, right: slot + 1, at: at)
    try set(slot + 1, to: 64 - count, at: at)
    try emit(
      VALUE_SHIFT_RIGHT, to: slot, left: slot, right: slot + 1, isSigned: isSigned, at: at)
  }
}

extension KernelType {
  /// What the kernel's sources call `sk_NAME` by macros (include/net/sock.h).
  fileprivate func socketField(_ name: String) -> Field? {
    guard name.hasPrefix("sk_"), let common = field("__sk_common"),
      let field = common.type.field("skc_" + name.dropFirst(3))
    else { return nil }
    return Field(
      type: field.type, bitOffset: common.bitOffset + field.bitOffset, bitCount: field.bitCount)
  }
}
