import Wire

/// What names mean: keywords, arguments and fields.
extension ValueCompiler {
  mutating func compute(
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

  static func unknown(_ name: String, in scope: QuestionScope) -> String {
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

  var isTracepoint: Bool { if case .tracepoint = scope.site { true } else { false } }

  mutating func upperHalf(of slot: Int, at: Int) throws {
    try set(slot + 1, to: 32, at: at)
    try emit(VALUE_SHIFT_RIGHT, to: slot, left: slot, right: slot + 1, at: at)
  }

  mutating func argument(
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

  mutating func usdt(
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
}
