import Wire

/// Values in memory: fields, elements and what pointers lead to.
extension ValueCompiler {
  /// Where something is; what is in memory is at an offset from the address in a slot.
  enum Place {
    case context(Int)
    case memory(Int)
    case bits(Int, count: Int)
  }

  mutating func place(
    of expression: Expression, _ slot: Int
  ) throws -> (Place, ValueType) {
    switch expression {
    case .field(.name("args", _), let name, isPointer: true, let at) where namesRecord:
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

  /// Whether `args` is the record of a tracepoint, and no argument of that name.
  private var namesRecord: Bool {
    if case .tracepoint(let format) = scope.site { format.fields["args"] == nil } else { false }
  }

  func recordField(_ name: String, at: Int) throws -> (Place, ValueType) {
    guard case .tracepoint(let format) = scope.site, let field = format.fields[name] else {
      var sentence = "the tracepoint has no field '\(name)'"
      if case .tracepoint(let format) = scope.site {
        sentence += ", only: " + format.fields.keys.sorted().joined(separator: ", ")
      }
      throw text.error(sentence, at: at)
    }
    return (.context(field.offset), field.type)
  }

  /// A pointer's target as a type with a size.
  func known(_ type: ValueType, at: Int) throws -> ValueType {
    guard case .unknown(let name) = type.resolved else { return type.resolved }
    if name == "void" {
      throw text.error("the type behind this pointer is not known; convert the pointer", at: at)
    }
    guard let structure = KernelType(structure: name, module: scope.module) else {
      throw text.error(
        "'struct \(name)' is not among the types of the kernel, the only ones that are known",
        at: at)
    }
    return .kernel(structure)
  }

  func field(
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

  mutating func element(
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

  mutating func addressOf(_ place: Place, into slot: Int, at: Int) throws {
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

  mutating func load(
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
  mutating func loadBits(
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
