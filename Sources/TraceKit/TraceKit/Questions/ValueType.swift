/// The type of a value, as far as it decides how the value is read and computed.
indirect enum ValueType: Equatable, Sendable {
  case integer(size: Int, isSigned: Bool)
  case pointer(to: ValueType)
  /// Of the kernel's own, whose fields are looked up when they are needed.
  case kernel(KernelType)
  /// A structure of user space that the kernel's types do not have.
  case known(KnownStructure)
  case array(of: ValueType)
  /// What a pointer to anything points to, or a structure that nobody knows.
  case unknown(String)
  /// Text in the record of a tracepoint, of which the record tells the place.
  case recordText(isRelative: Bool)

  static let u64 = ValueType.integer(size: 8, isSigned: false)
  static let int = ValueType.integer(size: 4, isSigned: true)
  static let character = ValueType.integer(size: 1, isSigned: true)

  /// One of the kernel, by what it is.
  init(_ type: KernelType) {
    self =
      switch type.shape {
      case .integer(let size, let isSigned) where [1, 2, 4, 8].contains(size):
        .integer(size: size, isSigned: isSigned)
      case .pointer(let target): .pointer(to: target.map(ValueType.kernel) ?? .unknown("void"))
      case .array(let element, _): .array(of: ValueType(element))
      case .structure: .kernel(type)
      case .integer, .other: .unknown("type")
      }
  }

  /// The type behind a number of the kernel's.
  var resolved: ValueType {
    if case .kernel(let type) = self { ValueType(type) } else { self }
  }

  /// How many bytes it has; nil where that is not known.
  var size: Int? {
    switch self {
    case .integer(let size, _): size
    case .pointer: 8
    case .kernel(let type): type.size
    case .known(let structure): structure.size
    case .array, .recordText: nil
    case .unknown(let name): name == "void" ? 1 : nil
    }
  }

  /// A value of one register: an integer or an address.
  var isScalar: Bool {
    switch resolved {
    case .integer, .pointer: true
    default: false
    }
  }

  /// As integers are computed.
  var integer: (size: Int, isSigned: Bool) {
    if case .integer(let size, let isSigned) = resolved { (size, isSigned) } else { (8, false) }
  }
}

/// Structures that programs pass to functions of the C library, of the same layout on all
/// machines with 64 bits.
struct KnownStructure: Equatable, Sendable {
  struct Field: Equatable, Sendable {
    let offset: Int
    let size: Int
    let isSigned: Bool
  }

  let name: String
  let fields: [String: Field]

  var size: Int { fields.values.map { $0.offset + $0.size }.max() ?? 0 }

  static let all = [
    "timespec": signed("timespec", ["tv_sec", "tv_nsec"]),
    "timeval": signed("timeval", ["tv_sec", "tv_usec"]),
  ]

  private static func signed(_ name: String, _ names: [String]) -> KnownStructure {
    KnownStructure(
      name: name,
      fields: Dictionary(
        uniqueKeysWithValues: names.enumerated().map {
          ($1, Field(offset: $0 * 8, size: 8, isSigned: true))
        }))
  }
}

/// Types as C writes them.
struct TypeReader {
  /// Names of the C library and the kernel that are integers on machines with 64 bits.
  private static let names: [String: ValueType] = {
    var names: [String: ValueType] = [:]
    for (size, bits) in [(1, 8), (2, 16), (4, 32), (8, 64)] {
      let unsigned = ValueType.integer(size: size, isSigned: false)
      let signed = ValueType.integer(size: size, isSigned: true)
      for name in ["u\(bits)", "__u\(bits)", "uint\(bits)_t", "__be\(bits)", "__le\(bits)"] {
        names[name] = unsigned
      }
      for name in ["s\(bits)", "__s\(bits)", "int\(bits)_t"] { names[name] = signed }
    }
    for name in ["size_t", "uintptr_t", "ulong", "sector_t", "dma_addr_t", "ino_t", "dev_t"] {
      names[name] = .u64
    }
    for name in ["ssize_t", "intptr_t", "ptrdiff_t", "off_t", "loff_t", "time_t", "ktime_t"] {
      names[name] = .integer(size: 8, isSigned: true)
    }
    for name in ["pid_t", "key_t", "clockid_t"] { names[name] = .int }
    for name in ["uid_t", "gid_t", "mode_t", "uint", "socklen_t", "gfp_t", "fmode_t"] {
      names[name] = .integer(size: 4, isSigned: false)
    }
    names["umode_t"] = .integer(size: 2, isSigned: false)
    names["ushort"] = .integer(size: 2, isSigned: false)
    for name in ["bool", "_Bool", "uchar"] { names[name] = .integer(size: 1, isSigned: false) }
    return names
  }()

  private static let words: Set<String> = ["char", "short", "int", "long", "unsigned", "signed"]
  private static let qualifiers: Set<String> = [
    "const", "volatile", "restrict", "__user", "__restrict",
  ]

  /// Whether a name begins a type, so that what is in parentheses is a cast.
  static func isType(_ name: String) -> Bool {
    names[name] != nil || words.contains(name) || qualifiers.contains(name)
      || ["struct", "union", "enum", "void"].contains(name)
  }

  /// A type without a name after it.
  static func read(from text: inout QuestionText) throws -> ValueType {
    try pointers(to: base(from: &text), from: &text)
  }

  private static func pointers(
    to type: ValueType, from text: inout QuestionText
  ) throws -> ValueType {
    var type = type
    while true {
      if try text.take("*") {
        type = .pointer(to: type)
      } else if case .name(let name) = try text.peek().token, qualifiers.contains(name) {
        _ = try text.next()
      } else {
        return type
      }
    }
  }

  private static func base(from text: inout QuestionText) throws -> ValueType {
    var seen: [String] = []
    while case .name(let name) = try text.peek().token {
      let start = try text.peek().start
      if qualifiers.contains(name) {
        _ = try text.next()
      } else if words.contains(name) {
        _ = try text.next()
        seen.append(name)
      } else if !seen.isEmpty {
        break
      } else if let known = names[name] {
        _ = try text.next()
        return known
      } else if name == "void" {
        _ = try text.next()
        return .unknown("void")
      } else if name == "struct" || name == "union" {
        _ = try text.next()
        return try structure(from: &text)
      } else if name == "enum" {
        _ = try text.next()
        _ = try text.next()
        return .integer(size: 4, isSigned: false)
      } else {
        throw text.error(
          "'\(name)' is no type that is known here; use an integer of C, or struct NAME *",
          at: start)
      }
    }
    guard !seen.isEmpty else { throw text.error("a type is missing", at: try text.peek().start) }
    let longs = seen.count { $0 == "long" }
    let size =
      seen.contains("char") ? 1 : seen.contains("short") ? 2 : longs > 0 ? 8 : 4
    return .integer(size: size, isSigned: !seen.contains("unsigned"))
  }

  private static func structure(from text: inout QuestionText) throws -> ValueType {
    let placed = try text.next()
    guard case .name(let name) = placed.token else {
      throw text.error("the name of a structure is missing", at: placed.start)
    }
    if let known = KnownStructure.all[name] { return .known(known) }
    return .unknown(name)
  }

  /// The parameters of a function between its parentheses, of which the first was read.
  ///
  /// - Returns: their names, in their order, with their types.
  static func signature(
    from text: inout QuestionText
  ) throws -> [(name: String, type: ValueType)] {
    var parameters: [(name: String, type: ValueType)] = []
    if try text.take(")") { return [] }
    while true {
      var type = try read(from: &text)
      var name = ""
      if case .name(let found) = try text.peek().token {
        _ = try text.next()
        name = found
      }
      if try text.take("[") {
        if case .number = try text.peek().token { _ = try text.next() }
        try text.expect("]", "an array")
        type = .pointer(to: type)
      }
      if case .unknown("void") = type, name.isEmpty, parameters.isEmpty, try text.take(")") {
        return []
      }
      guard type.isScalar else {
        throw text.error(
          "a structure is no parameter in a register; only a pointer to it is",
          at: try text.peek().start)
      }
      guard parameters.count < FunctionRegisters.mostArguments else {
        throw text.error(
          "only the first \(FunctionRegisters.mostArguments) parameters are in registers",
          at: try text.peek().start)
      }
      parameters.append((name, type))
      if try text.take(")") { return parameters }
      try text.expect(",", "a signature")
    }
  }
}
